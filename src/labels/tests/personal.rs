use super::SensitiveKind::{Card, Iban, Identity, Secret};
use super::{SensitiveKind, check_all, finds};

/// The finds of these kinds alone.
fn told(text: &str) -> Vec<(SensitiveKind, String)> {
    let ours = |kind: &SensitiveKind| matches!(kind, Card | Iban | Identity | Secret);
    finds(text, &[]).into_iter().filter(|(kind, _)| ours(kind)).map(|(kind, words)| (kind, words.to_owned())).collect()
}

#[test]
fn what_clients_tell_of_themselves_is_found() {
    let cases = [
        ("The CVV is 123.", Card, "123"),
        ("CVC: 4821", Card, "4821"),
        ("123 is the CVV of it", Card, "123"),
        ("Kartenprüfnummer 737", Card, "737"),
        ("код CVV 512", Card, "512"),
        ("My card expires 09/27, is that a problem?", Card, "09/27"),
        ("Visa, exp: 11/2028", Card, "11/2028"),
        ("Meine Karte ist gültig bis 03/29.", Card, "03/29"),
        ("Карта, срок действия 05/28", Card, "05/28"),
        ("My PIN is 4471, please keep it.", Secret, "4471"),
        ("ПИН-код: 9087", Secret, "9087"),
        ("Meine Geheimzahl lautet 5567.", Secret, "5567"),
        ("My password is hunter2!", Secret, "hunter2!"),
        ("my password is sunshine.", Secret, "sunshine"),
        ("Password: Sommer", Secret, "Sommer"),
        ("login anna, password \"two words\"", Secret, "two words"),
        ("password = S3cret;", Secret, "S3cret"),
        ("Mein Passwort ist Winter2024", Secret, "Winter2024"),
        ("Пароль: Зима2024", Secret, "Зима2024"),
        ("мой пароль qwerty123, не подходит", Secret, "qwerty123"),
        ("Mon mot de passe est soleil42.", Secret, "soleil42"),
        ("Mi contraseña es gato99", Secret, "gato99"),
        ("A minha senha é praia77", Secret, "praia77"),
        ("Mijn wachtwoord is fiets2020", Secret, "fiets2020"),
        ("Moje hasło to kotek12", Secret, "kotek12"),
        ("La mia password è mare2021", Secret, "mare2021"),
        ("The verification code is 884213.", Secret, "884213"),
        ("I got the code from the SMS: 55 21 90", Secret, "55 21 90"),
        ("OTP 993417", Secret, "993417"),
        ("Der Bestätigungscode lautet 441902", Secret, "441902"),
        ("код из смс 4821", Secret, "4821"),
        ("Код подтверждения: 77-12-90", Secret, "77-12-90"),
        ("le code de vérification est 120984", Secret, "120984"),
        ("el código de verificación es 120984", Secret, "120984"),
        ("codice di verifica: 120984", Secret, "120984"),
        ("kod weryfikacyjny 120984", Secret, "120984"),
        ("My SSN is 536-22-8145.", Identity, "536-22-8145"),
        ("social security number 536 22 8145", Identity, "536 22 8145"),
        ("My passport number is C01X00T47.", Identity, "C01X00T47"),
        ("Паспорт 4508 123456 выдан в Москве", Identity, "4508 123456"),
        ("паспорт серии 45 08 № 123456", Identity, "45 08 № 123456"),
        ("Reisepass Nr. C4VPKH3X1", Identity, "C4VPKH3X1"),
        ("Personalausweisnummer L01X00T471", Identity, "L01X00T471"),
        ("passeport n° 12AB34567", Identity, "12AB34567"),
        ("mi pasaporte es AAB123456", Identity, "AAB123456"),
        ("numer paszportu: ZS0000177", Identity, "ZS0000177"),
        ("СНИЛС 112-233-445 95", Identity, "112-233-445 95"),
        ("вот номер 112-233-445 95 для вас", Identity, "112-233-445 95"),
        ("ИНН 500100732259", Identity, "500100732259"),
        ("Meine Steuer-ID ist 65 929 970 489", Identity, "65 929 970 489"),
        ("Numéro de sécurité sociale : 1 85 05 78 006 084 36", Identity, "1 85 05 78 006 084 36"),
        ("Mi DNI es 12345678Z.", Identity, "12345678Z"),
        ("mio codice fiscale RSSMRA85T10A562S", Identity, "RSSMRA85T10A562S"),
        ("RSSMRA85T10A562S sono io", Identity, "RSSMRA85T10A562S"),
        ("PESEL: 44051401359", Identity, "44051401359"),
        ("BSN 111222333", Identity, "111222333"),
        ("meu CPF 529.982.247-25", Identity, "529.982.247-25"),
        ("Routing number 021000021", Iban, "021000021"),
        ("р/с 40817810099910004312", Iban, "40817810099910004312"),
        ("IBAN DE89 3704 0044 0532 0130 00", Iban, "DE89 3704 0044 0532 0130 00"),
        ("card 4111 1111 1111 1111 please", Card, "4111 1111 1111 1111"),
    ];
    check_all(cases.map(|(text, kind, value)| (text.to_owned(), told(text), vec![(kind, value.to_owned())])));
}

#[test]
fn numbers_without_such_a_word_are_none() {
    let cases = [
        "Order 4508123456 was sent on 12.03.2026.",
        "My order FH-33001 costs 1,250.50 EUR.",
        "Заказ 500100732259 на 4500 рублей",
        "Invoice 021000021 of 2026-11-29",
        "I forgot my password.",
        "My password is wrong.",
        "Password reset for order 33001",
        "I changed my password 3 times on 12.03.2026",
        "Passwort vergessen, Bestellung 20231177",
        "Мой пароль не подходит, заказ 123456",
        "My passport has not come back with order 123456789",
        "The passport cover costs 25 EUR",
        "error code E1234567",
        "discount code SUMMER2024",
        "The offer expires 09/27.",
        "Tracking 1Z999AA10123456784",
        "PIN of the plug: 12 V",
        "EAN 4006381333931",
        "12345678Z is the article",
        "536-22-8145 is the article",
        "The pin broke after 2 weeks",
        "112-233-445 96 is the article",
        "Version 10.0.19045.3570",
    ];
    check_all(cases.map(|text| (text.to_owned(), told(text), Vec::new())));
}
