//! Requests for what nobody should write in a mail: passports, cards, PINs, passwords, accounts, codes.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use super::lists::{Meanings, Pattern, fold, folded_words, section};

const LISTS: &str = include_str!("data/secrets.txt");

static ALWAYS: LazyLock<Vec<(&str, Pattern)>> = LazyLock::new(|| Pattern::all(LISTS, "always"));
static ASKED: LazyLock<Vec<(&str, Pattern)>> = LazyLock::new(|| Pattern::all(LISTS, "asked"));
static ASK: LazyLock<Meanings> = LazyLock::new(|| Meanings::only(LISTS, "ask"));
static HESITATE: LazyLock<Meanings> = LazyLock::new(|| Meanings::only(LISTS, "hesitate"));
static DENY: LazyLock<HashSet<String>> = LazyLock::new(|| section(LISTS, "deny").into_iter().map(fold).collect());

/// A sentence of so few words that names a secret asks for it: it is a line of a list, or a field. Of words that mean other things as
/// well it takes fewer.
const FEW: usize = 6;
const VERY_FEW: usize = 3;
/// Words before one that asks which can deny it.
const DENIED_WITHIN: usize = 2;
/// The same behind it: "senden Sie uns nie".
const DENIED_BEHIND: usize = 3;

/// The secrets of a sentence, by their kind.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Secrets {
    /// Those that it names in words that mean nothing else.
    pub named: BTreeSet<&'static str>,
    /// Those that it asks for.
    pub asked: BTreeSet<&'static str>,
}

impl Secrets {
    pub fn of(sentence: &str) -> Self {
        let words = folded_words(sentence);
        let kinds = |patterns: &'static [(&'static str, Pattern)]| -> BTreeSet<&'static str> {
            patterns.iter().filter(|(_, pattern)| pattern.find(&words).is_some()).map(|(kind, _)| *kind).collect()
        };
        let (named, loose) = (kinds(&ALWAYS), kinds(&ASKED));
        if named.is_empty() && loose.is_empty() {
            return Self::default();
        }
        let asks = asks(&words) || sentence.contains(['?', '？']);
        let mut asked = BTreeSet::new();
        if asks || words.len() <= FEW {
            asked.extend(&named);
        }
        if asks || words.len() <= VERY_FEW {
            asked.extend(loose);
        }
        Self { named, asked }
    }
}

/// Whether a sentence asks for something, and does not deny that.
fn asks(words: &[String]) -> bool {
    let hesitates = words.iter().any(|word| HESITATE.get(word).is_some());
    let denies = |at: usize| words.get(at).is_some_and(|word| DENY.contains(word));
    (0..words.len()).filter(|at| ASK.get(&words[*at]).is_some()).any(|at| {
        let ahead = (at.saturating_sub(DENIED_WITHIN)..at).any(denies);
        let behind = (at + 1..=at + DENIED_BEHIND).any(denies);
        hesitates || !ahead && !behind
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_found_in_many_languages() {
        for (sentence, kind) in [
            ("Please send us your passport number so that we can help you.", "passport"),
            ("To go on we need a copy of your passport.", "passport"),
            ("Please reply with the number of your card and its expiry date.", "card"),
            ("Kindly confirm your credit card details for the refund.", "card"),
            ("We also need the CVV on the back.", "check"),
            ("What is your PIN?", "pin"),
            ("Do not hesitate to send us your password for the account.", "password"),
            ("Tell us the code from the SMS that you receive in a minute.", "code"),
            ("Please provide your bank details and the sort code.", "bank"),
            ("- passport number", "passport"),
            ("Please give us the last four digits of your social security number.", "identity"),
            ("Пришлите, пожалуйста, фото вашего паспорта для проверки.", "passport"),
            ("Сообщите номер банковской карты и срок её действия.", "card"),
            ("Назовите код из СМС, который придёт вам через минуту.", "code"),
            ("Для возврата нам нужен пароль от вашего личного кабинета.", "password"),
            ("Укажите ПИН-код, чтобы мы могли продолжить работу с заявкой.", "pin"),
            ("Bitte senden Sie uns Ihre Kreditkartennummer für die Erstattung.", "card"),
            ("Bitte nennen Sie uns die Nummer Ihres Personalausweises.", "passport"),
            ("Wir benötigen dafür noch Ihr Passwort und die TAN.", "password"),
            ("Merci de nous envoyer votre mot de passe pour continuer.", "password"),
            ("Veuillez nous indiquer le numéro de votre carte bancaire.", "card"),
            ("Envíenos el número de su tarjeta y su contraseña.", "card"),
            ("Necesitamos una copia de su pasaporte para continuar.", "passport"),
            ("La preghiamo di inviarci il numero della Sua carta.", "card"),
            ("Ci serve la password del Suo account per procedere.", "password"),
            ("Envie-nos por favor a sua senha e o número do cartão.", "card"),
            ("Stuur ons uw wachtwoord en uw pincode, dan gaan wij verder.", "pin"),
            ("Prosimy o podanie numeru karty oraz kodu CVV.", "card"),
            ("Proszę przesłać hasło do konta, abyśmy mogli pomóc.", "password"),
        ] {
            assert!(Secrets::of(sentence).asked.contains(kind), "{sentence}: {:?}", Secrets::of(sentence));
        }
    }

    #[test]
    fn what_asks_for_nothing_secret_is_none() {
        for sentence in [
            "Please send us the order number and a photo of the machine.",
            "You can reset the machine with the code on its back plate.",
            "The error code E4 means that the tank is empty.",
            "We will never ask you for it, and please do not send us your password by mail.",
            "Пришлите, пожалуйста, номер заказа и фото насоса.",
            "Bitte nennen Sie uns Ihre Bestellnummer.",
            "Bitte senden Sie uns niemals Ihr Passwort per E-Mail, wir fragen nicht danach.",
            "Veuillez nous indiquer votre numéro de commande.",
            "Indíquenos el número de pedido.",
            "Please tell us your postcode and the discount code.",
        ] {
            assert!(Secrets::of(sentence).asked.is_empty(), "{sentence}: {:?}", Secrets::of(sentence));
        }
    }
}
