//! How a gap reads, in the client's language.

use crate::types::{DoubtKind, GapKind};

/// The languages that gaps are written in; for all others the first.
const LANGUAGES: [&str; 6] = ["en", "ru", "de", "fr", "es", "pt"];

fn in_language<const N: usize>(words: [&'static str; N], language: Option<&str>) -> &'static str {
    let at = LANGUAGES.iter().position(|known| language == Some(known)).unwrap_or(0);
    words.get(at).copied().unwrap_or_default()
}

/// What stands where something was taken out.
pub(super) fn removed(kind: DoubtKind, language: Option<&str>) -> &'static str {
    let words = match kind {
        DoubtKind::Link => [
            "[link removed]",
            "[ссылка удалена]",
            "[Link entfernt]",
            "[lien supprimé]",
            "[enlace eliminado]",
            "[link removido]",
        ],
        DoubtKind::Address => [
            "[address removed]",
            "[адрес удалён]",
            "[Adresse entfernt]",
            "[adresse supprimée]",
            "[dirección eliminada]",
            "[endereço removido]",
        ],
        DoubtKind::Phone => [
            "[phone number removed]",
            "[телефон удалён]",
            "[Telefonnummer entfernt]",
            "[numéro supprimé]",
            "[teléfono eliminado]",
            "[telefone removido]",
        ],
        DoubtKind::Account => [
            "[account number removed]",
            "[номер счёта удалён]",
            "[Kontonummer entfernt]",
            "[numéro de compte supprimé]",
            "[número de cuenta eliminado]",
            "[número da conta removido]",
        ],
        _ => [
            "[personal detail removed]",
            "[личные данные удалены]",
            "[persönliche Angabe entfernt]",
            "[donnée personnelle supprimée]",
            "[dato personal eliminado]",
            "[dado pessoal removido]",
        ],
    };
    in_language(words, language)
}

/// What stands in a template where something of this case belongs.
pub(super) fn gap(kind: GapKind, language: Option<&str>) -> &'static str {
    let words = match kind {
        GapKind::Name => ["[name]", "[имя]", "[Name]", "[nom]", "[nombre]", "[nome]"],
        GapKind::Date => ["[date]", "[дата]", "[Datum]", "[date]", "[fecha]", "[data]"],
        GapKind::Time => ["[time]", "[время]", "[Uhrzeit]", "[heure]", "[hora]", "[hora]"],
        GapKind::Amount => ["[amount]", "[сумма]", "[Betrag]", "[montant]", "[importe]", "[valor]"],
        GapKind::Number => ["[number]", "[число]", "[Anzahl]", "[nombre]", "[número]", "[número]"],
        GapKind::Code => [
            "[order number]",
            "[номер заказа]",
            "[Bestellnummer]",
            "[numéro de commande]",
            "[número de pedido]",
            "[número do pedido]",
        ],
        GapKind::Link => ["[link]", "[ссылка]", "[Link]", "[lien]", "[enlace]", "[link]"],
        GapKind::Email => ["[email]", "[почта]", "[E-Mail]", "[e-mail]", "[correo]", "[e-mail]"],
        GapKind::Phone => ["[phone]", "[телефон]", "[Telefon]", "[téléphone]", "[teléfono]", "[telefone]"],
        GapKind::Place => ["[postal address]", "[адрес]", "[Anschrift]", "[adresse]", "[dirección]", "[endereço]"],
        GapKind::Account => [
            "[account number]",
            "[номер счёта]",
            "[Kontonummer]",
            "[numéro de compte]",
            "[número de cuenta]",
            "[número da conta]",
        ],
    };
    in_language(words, language)
}
