use super::SensitiveKind::{AddressLike, Name, Phone};
use super::{check_all, finds, list, of_kind};

#[test]
fn addresses_with_a_street() {
    let cases = [
        ("Ship to 221B Baker Street, London NW1 6XE please", "221B Baker Street, London NW1 6XE"),
        ("1600 Pennsylvania Ave, Apt 4, Washington, DC 20500", "1600 Pennsylvania Ave, Apt 4, Washington, DC 20500"),
        ("I live at 42 West 42nd Street now", "42 West 42nd Street"),
        ("Hauptstraße 12a, 80331 München", "Hauptstraße 12a, 80331 München"),
        ("Berliner Str. 5\n10115 Berlin\nDanke", "Berliner Str. 5\n10115 Berlin"),
        ("Meine Adresse: Lange Straße 7", "Lange Straße 7"),
        ("12 rue de la Paix, 75002 Paris", "12 rue de la Paix, 75002 Paris"),
        ("12 bis avenue Foch", "12 bis avenue Foch"),
        ("Calle Mayor 5, 28013 Madrid", "Calle Mayor 5, 28013 Madrid"),
        ("Via Roma 10, 00184 Roma", "Via Roma 10, 00184 Roma"),
        ("Rua Augusta, 100", "Rua Augusta, 100"),
        ("Kerkstraat 5, 1017 GA Amsterdam", "Kerkstraat 5, 1017 GA Amsterdam"),
        ("ul. Długa 5, 31-147 Kraków", "ul. Długa 5"),
        ("Storgatan 3, 11122 Stockholm", "Storgatan 3, 11122 Stockholm"),
        ("Kossuth utca 5", "Kossuth utca 5"),
        ("Atatürk Caddesi No: 12", "Atatürk Caddesi No: 12"),
        ("ул. Ленина, д. 5, кв. 12", "ул. Ленина, д. 5, кв. 12"),
        ("Доставьте на Невский проспект, 28", "Невский проспект, 28"),
        ("вул. Хрещатик, буд. 22", "вул. Хрещатик, буд. 22"),
        ("Невский пр., д. 10, кв. 5", "Невский пр., д. 10, кв. 5"),
        ("190000, г. Санкт-Петербург", "190000, г. Санкт-Петербург"),
        ("PO Box 123", "PO Box 123"),
        ("Springfield, IL 62704", "Springfield, IL 62704"),
        ("D-80331 München", "D-80331 München"),
        ("my postcode is SW1A 1AA", "SW1A 1AA"),
        ("Ottawa K1A 0B1", "K1A 0B1"),
        ("请寄到北京市朝阳区建国路88号5层，谢谢", "北京市朝阳区建国路88号5层"),
        ("〒150-0041 東京都渋谷区神南1-19-11です", "〒150-0041 東京都渋谷区神南1-19-11"),
        ("大阪府大阪市北区梅田三丁目1番3号", "大阪府大阪市北区梅田三丁目1番3号"),
        ("서울특별시 강남구 테헤란로 152입니다", "서울특별시 강남구 테헤란로 152"),
    ];
    check_all(cases.map(|(text, address)| (text.to_owned(), of_kind(text, AddressLike), vec![address])));
}

#[test]
fn no_addresses() {
    let traps = list(
        "I ordered 2 of them on the way home | We need 3 more days | Stellplatz 5 | version 2 of the Main Drive | \
        via email 2 | Order 12345 | The 5 best things | Rue the day | Route 66 is long | am Platz 5 Personen | \
        str 5 | Bestellung 12345 vom Montag | In 2026 New York | 5 Stars | ring 5 times | размер 5, цвет синий | \
        北京の天気 | 市場で3個 | 두 번 주문했습니다 | 15 minutes drive | call 3 times a Day | 10 GB Drive | IL 62704 units",
    );
    check_all(traps.map(|text| (text.to_owned(), of_kind(text, AddressLike), vec![])));
}

#[test]
fn an_address_stops_where_a_phone_begins() {
    assert_eq!(
        finds("Hauptstraße 12, 80331 München, Tel. 089 1234567", &[]),
        [(AddressLike, "Hauptstraße 12, 80331 München"), (Phone, "089 1234567")]
    );
    assert_eq!(
        finds("北京市朝阳区建国路88号 13912345678", &[]),
        [(AddressLike, "北京市朝阳区建国路88号"), (Phone, "13912345678")]
    );
}

#[test]
fn names_of_the_headers_are_found() {
    let cases: [(&[&str], &str, Vec<&str>); 21] = [
        (&["Anna Müller"], "Hi Anna, Frau Müller called. Anna Müller", vec!["Anna", "Müller", "Anna Müller"]),
        (&["Müller, Anna"], "ANNA MÜLLER", vec!["ANNA MÜLLER"]),
        (&["Jan van der Berg"], "Beste Jan van der Berg,", vec!["Jan", "Berg"]),
        (&["Seán O'Brien"], "Mr O'Brien is Seán's father", vec!["O'Brien", "Seán"]),
        (&["Bo Li"], "Thanks Bo Li, bo li", vec!["Bo Li"]),
        (&["Li Wei"], "Dear Li Wei", vec!["Li Wei"]),
        (&["Jean-Pierre Dupont"], "Bonjour Jean-Pierre", vec!["Jean-Pierre"]),
        (&["anna"], "thanks anna", vec!["anna"]),
        (&["Анна Кузнецова"], "Напишите Анне Кузнецовой", vec!["Анне Кузнецовой"]),
        (&["Иван Петров"], "Передайте Ивану", vec!["Ивану"]),
        (&["田中 太郎"], "田中様、田中太郎です", vec!["田中", "田中太郎"]),
        (&["王小明"], "王小明先生，小明你好", vec!["王小明", "小明"]),
        (&["김철수"], "김철수님 안녕하세요", vec!["김철수"]),
        (&["Anna Müller (Acme GmbH)", "Tom via Acme"], "Anna from Acme met Tom", vec!["Anna", "Tom"]),
        // Not persons, or not meant.
        (
            &["Acme Support", "Customer Service Team", "noreply@example.com"],
            "Acme Support and the Service Team",
            vec![],
        ),
        (&["Will Smith"], "Will you come? I will. Thanks, Will", vec!["Will"]),
        (&["Mark May"], "Please mark it in May. mark", vec!["May"]),
        (&["Anna"], "Annapolis, Hannah, Susanna", vec![]),
        (&["Al Ko"], "al ko", vec![]),
        (&["Dr. de la"], "de la Dr.", vec![]),
        (&["", " ", "-", "12345"], "12345 - ", vec![]),
    ];
    check_all(cases.map(|(names, text, want)| {
        let found: Vec<&str> =
            finds(text, names).into_iter().filter(|(kind, _)| *kind == Name).map(|(_, words)| words).collect();
        (format!("{names:?} {text}"), found, want)
    }));
}

#[test]
fn a_name_in_an_address_of_mail_is_not_found_twice() {
    assert_eq!(finds("anna@example.com", &["Anna"]).len(), 1);
}
