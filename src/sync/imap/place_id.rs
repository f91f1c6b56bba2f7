//! The id under which a message is asked for: its place, written after RFC 5092 (`folder;UIDVALIDITY=1/;UID=2`).

use crate::store::MailPlace;

pub(super) fn write(place: &MailPlace) -> String {
    format!("{};UIDVALIDITY={}/;UID={}", place.folder, place.uid_validity, place.uid)
}

/// From the end, so that a folder may be called whatever it likes.
pub(super) fn read(id: &str) -> Option<MailPlace> {
    let (rest, uid) = id.rsplit_once("/;UID=")?;
    let (folder, uid_validity) = rest.rsplit_once(";UIDVALIDITY=")?;
    Some(MailPlace { folder: folder.to_owned(), uid_validity: uid_validity.parse().ok()?, uid: uid.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_whatever_the_folder_is_called() {
        for folder in ["INBOX", "", "a;UIDVALIDITY=7/;UID=8", "Kunden/&APw-", "/;UID="] {
            let place = MailPlace { folder: folder.to_owned(), uid_validity: u32::MAX, uid: 1 };
            assert_eq!(read(&write(&place)), Some(place));
        }
        for not_ours in ["", "18c2f", "INBOX;UIDVALIDITY=x/;UID=1", "INBOX;UIDVALIDITY=1/;UID=-1"] {
            assert_eq!(read(not_ours), None, "{not_ours}");
        }
    }
}
