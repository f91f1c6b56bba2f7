use super::super::language::{detect_among, detect_both};
use super::super::*;
use super::check_all;

/// The language of a text beside which there is none.
fn detect(text: &str) -> Option<&'static str> {
    detect_both(text, "").0
}

/// Short mail sentences as people write them.
const KNOWN: &[(&str, &str)] = &[
    ("en", "Thanks, that works!"),
    ("en", "Where is my order? It was due on Monday."),
    ("en", "Could you send me the invoice please"),
    ("en", "It arrived broken, I want a refund."),
    ("de", "Wo bleibt meine Bestellung?"),
    ("de", "Vielen Dank für die schnelle Antwort."),
    ("de", "Das Paket ist leider beschädigt angekommen."),
    ("de", "Danke, passt so."),
    ("fr", "Bonjour, où est ma commande ?"),
    ("fr", "Merci beaucoup pour votre aide."),
    ("fr", "Le colis n'est toujours pas arrivé."),
    ("es", "Hola, ¿cuándo llega mi pedido?"),
    ("es", "Muchas gracias por su ayuda"),
    ("es", "No puedo entrar en mi cuenta."),
    ("pt", "Bom dia, onde está a minha encomenda?"),
    ("pt", "Muito obrigado pela ajuda"),
    ("pt", "Não consigo acessar minha conta."),
    ("it", "Buongiorno, dov'è il mio ordine?"),
    ("it", "Grazie mille per la risposta"),
    ("it", "Non riesco ad accedere al mio account."),
    ("nl", "Waar blijft mijn bestelling?"),
    ("nl", "Bedankt voor de snelle reactie."),
    ("nl", "Ik kan niet inloggen op mijn account."),
    ("sv", "Hej, var är min beställning?"),
    ("sv", "Tack så mycket för hjälpen!"),
    ("da", "Hvornår kommer min pakke?"),
    ("da", "Mange tak for hjælpen, det virker nu."),
    ("no", "Hei, når kommer pakken min?"),
    ("no", "Tusen takk for hjelpen, jeg fikk det til nå."),
    ("fi", "Missä tilaukseni on?"),
    ("fi", "Kiitos paljon avusta!"),
    ("pl", "Dzień dobry, gdzie jest moja paczka?"),
    ("pl", "Dziękuję bardzo za pomoc."),
    ("cs", "Dobrý den, kde je moje objednávka?"),
    ("cs", "Děkuji za rychlou odpověď."),
    ("sk", "Dobrý deň, kde je moja objednávka?"),
    ("sk", "Ďakujem za rýchlu odpoveď."),
    ("hu", "Jó napot, hol van a csomagom?"),
    ("hu", "Köszönöm szépen a segítséget."),
    ("ro", "Bună ziua, unde este comanda mea?"),
    ("ro", "Mulțumesc pentru ajutor."),
    ("tr", "Merhaba, siparişim nerede?"),
    ("tr", "Yardımınız için çok teşekkürler."),
    ("hr", "Dobar dan, gdje je moja narudžba?"),
    ("sl", "Pozdravljeni, kje je moje naročilo?"),
    ("lt", "Laba diena, kur yra mano užsakymas?"),
    ("lv", "Labdien, kur ir mans pasūtījums?"),
    ("et", "Tere, kus on minu tellimus?"),
    ("id", "Selamat pagi, kapan pesanan saya dikirim?"),
    ("vi", "Xin chào, đơn hàng của tôi ở đâu?"),
    ("ca", "Hola, on és la meva comanda?"),
    ("tl", "Kailan po darating ang order ko?"),
    ("ru", "Здравствуйте, где мой заказ?"),
    ("ru", "Спасибо за быстрый ответ!"),
    ("ru", "Не могу войти в личный кабинет."),
    ("uk", "Добрий день, де моє замовлення?"),
    ("uk", "Дякую за швидку відповідь!"),
    ("be", "Добры дзень, дзе мой заказ?"),
    ("bg", "Здравейте, къде е моята поръчка?"),
    ("bg", "Благодаря за бързия отговор."),
    ("sr", "Здраво, где је моја поруџбина?"),
    ("mk", "Здраво, каде е мојата нарачка?"),
    ("kk", "Сәлеметсіз бе, менің тапсырысым қайда?"),
    ("ar", "مرحبا، أين طلبي؟ لم يصل حتى الآن وأريد استرداد المبلغ"),
    ("fa", "سلام، سفارش من کجاست؟ هنوز به دست من نرسیده است"),
    ("hi", "नमस्ते, मेरा ऑर्डर कहाँ है? यह अभी तक नहीं आया है।"),
    ("he", "שלום, איפה ההזמנה שלי?"),
    ("el", "Γεια σας, πού είναι η παραγγελία μου;"),
    ("ka", "გამარჯობა, სად არის ჩემი შეკვეთა?"),
    ("hy", "Բարև, որտե՞ղ է իմ պատվերը"),
    ("th", "สวัสดีครับ คำสั่งซื้อของผมอยู่ที่ไหน"),
    ("zh", "您好，我的订单什么时候发货？"),
    ("zh", "請問我的包裹在哪裡？"),
    ("zh", "谢谢"),
    ("ja", "注文した商品がまだ届きません。"),
    ("ja", "ご返信ありがとうございます。"),
    ("ko", "안녕하세요, 주문한 상품이 언제 도착하나요?"),
    ("ko", "감사합니다"),
    // Another language's names and products in the text do not decide.
    ("ja", "Microsoft Office 365 Business Premium のライセンスを購入しましたが、まだ届いていません。"),
    ("en", "Hi Łukasz, please ask Frau Schröder in München about this."),
    ("de", "Der Login über https://example.com/account/settings?lang=en geht nicht mehr"),
];

/// Too little, or nothing that is language.
const UNKNOWN: &[&str] = &[
    "",
    "   \n",
    "OK",
    "12345",
    "!!!???",
    "👍👍",
    "https://example.com/where-is-the-order-that-you-should-have-sent",
    "anna.mueller@example.com",
    "ABC-123-XYZ 99-88-77",
    "IMG_2034.jpg",
    "xkcd qwrt zzgh",
    "Tom",
    "Добрый hello bonjour день",
];

#[test]
fn short_sentences_are_told_apart() {
    check_all(KNOWN.iter().map(|&(code, text)| (text.to_owned(), detect(text), Some(code))));
}

#[test]
fn what_is_no_language_stays_unknown() {
    check_all(UNKNOWN.iter().map(|&text| (text.to_owned(), detect(text), None)));
}

#[test]
fn the_answer_does_not_hang_on_case_or_length() {
    let text = "Where is my order? It was due on Monday. ";
    assert_eq!(detect(&text.to_uppercase()), Some("en"));
    assert_eq!(detect(&text.repeat(20_000)), Some("en"));
}

#[test]
fn a_side_that_may_be_either_is_in_the_language_of_the_other() {
    for (client, reply) in [
        (
            "Здравствуйте, вы 17 ноября работаете? хочу забрать заказ сама",
            "Здравствуйте, Нина! Работаем, с 9 до 17, Lindenhof 12, вход со двора. Возьмите номер заказа.",
        ),
        (
            "Точно, лимит 1000 стоял. Поднял, оплата прошла. Заказ FH-21977, жду!",
            "Вижу заказ, отправим завтра утром. Трек придёт отдельным письмом.",
        ),
    ] {
        assert_eq!(detect_both(client, reply), (Some("ru"), Some("ru")), "{client} / {reply}");
        assert_eq!(detect_both(reply, client), (Some("ru"), Some("ru")), "{reply} / {client}");
    }
}

#[test]
fn two_languages_stay_two() {
    for (client, reply, codes) in [
        ("Wo bleibt meine Bestellung?", "Your order is on its way and will arrive on Monday.", ("de", "en")),
        (
            "Добрый день, где мой заказ? Я его очень жду.",
            "Здравейте, пратката ви ще пристигне утре сутринта.",
            ("ru", "bg"),
        ),
        ("Kde je moje objednávka? Ještě nedorazila.", "Vaša objednávka bola odoslaná a príde zajtra.", ("cs", "sk")),
        ("Wo bleibt meine Bestellung?", "Uw bestelling is onderweg en komt maandag aan.", ("de", "nl")),
        ("Where is my order?", "ご注文は明日届きます。", ("en", "ja")),
    ] {
        assert_eq!(detect_both(client, reply), (Some(codes.0), Some(codes.1)), "{client} / {reply}");
    }
}

#[test]
fn letters_that_a_language_does_not_have_speak_against_it() {
    for text in ["Да, можно", "Да, конечно, спасибо!", "Ещё один вопрос", "Хорошо, жду"]
    {
        assert!(!matches!(detect(text), Some("sr" | "mk")), "{text}: {:?}", detect(text));
    }
    assert_eq!(detect("Здраво, где је моја поруџбина?"), Some("sr"));
}

#[test]
fn one_side_tells_the_language_of_the_other() {
    let question = "Where is my order? It was due on Monday, and nobody has told me why it is late.";
    assert_eq!(detect_both(question, "On Friday at nine.").1, Some("en"));
    assert_eq!(detect_both(question, "12345").1, None);
}

#[test]
fn what_is_usual_in_the_mailbox_settles_short_texts() {
    // Said in several languages alike; the other side says no more.
    for (client, reply, usual, code) in [
        ("Prima, danke dir", "12345", ["de"].as_slice(), "de"),
        ("Super, ok", "17", &["cs"], "cs"),
        ("Kiedy", "44", &["pl"], "pl"),
        ("Alles klar, passt", "44", &["de"], "de"),
    ] {
        assert_eq!(detect_among(client, reply, usual).0, Some(code), "{client}");
    }
    // A language of the mailbox changes nothing where the words speak against it, or where the text tells its own.
    let question = "Where is my order? It was due on Monday, and nobody has told me why it is late.";
    assert_eq!(detect_among(question, "Wir haben sie gestern abgeschickt.", &["fr"]), (Some("en"), Some("de")));
    assert_eq!(detect_among("ご注文は明日届きます。", "", &["de"]).0, Some("ja"));
    assert_eq!(detect_among("12345", "17", &["de"]), (None, None));
    assert_eq!(detect_among("Super, ok", "17", &["ru"]), (None, None));
    assert_eq!(detect_among("Super, ok", "17", &["de", "cs"]), (None, None));
    // Nothing is usual: as without.
    for text in ["Ok", "Super, ok", "Да, можно", question] {
        assert_eq!(detect_among(text, "", &[]), detect_both(text, ""), "{text}");
    }
}

#[test]
fn a_language_is_usual_when_several_clear_texts_are_in_it() {
    let clear = "Guten Tag, wo bleibt meine Bestellung? Sie sollte am Montag kommen, und niemand hat mir gesagt, warum sie sich so \
                 lange verspätet. Bitte sagen Sie mir, wann sie da ist.";
    let pair = |client: &str| label(&PairFacts { client_text: client, reply_text: "Ok", ..PairFacts::default() });
    let mut usual = UsualLanguages::default();
    for _ in 0..2 {
        usual.add(&pair(clear));
    }
    assert!(usual.codes().is_empty(), "two texts are not many");
    usual.add(&pair("Danke, wann kommt es?"));
    assert!(usual.codes().is_empty(), "a short text makes nothing usual");
    usual.add(&pair(clear));
    assert_eq!(usual.codes(), ["de"]);
}

#[test]
fn languages_that_are_settled_are_no_mismatch_any_longer() {
    let mut labels = label(&PairFacts {
        client_text: "Guten Tag, wo bleibt denn meine Bestellung vom Montag?",
        reply_text: "Morgen, versprochen.",
        ..PairFacts::default()
    });
    labels.reply_language = Some("sv".into());
    labels.quality.reasons.push(QualityReason::LanguageMismatch);
    let (client, reply) = ("Guten Tag, wo bleibt denn meine Bestellung vom Montag?", "Morgen, versprochen.");
    settle_languages(&mut labels, client, reply, &["de"]);
    assert_ne!(labels.reply_language.as_deref(), Some("sv"));
    assert!(!labels.quality.reasons.contains(&QualityReason::LanguageMismatch));
}
