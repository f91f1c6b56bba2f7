//! The bytes of attachments. Gmail names an attachment by an id that changes with every look at its message, so the message
//! is looked at first.

use std::sync::{Arc, PoisonError};

use super::GmailSource;
use crate::{
    gmail::GmailError,
    mail::{
        GmailMessage, MessageParts,
        gmail::{GmailBody, GmailPart},
        inside_tnef, outer_part,
    },
    sync::source::SourceError,
};

impl GmailSource {
    pub(super) async fn part_bytes(&self, message: &str, part_id: &str) -> Result<Vec<u8>, SourceError> {
        let structure = self.structure(message).await?;
        let place = structure.payload.as_ref().and_then(|payload| find(payload, outer_part(part_id)));
        let attachment =
            place.and_then(|part| part.body.as_ref()).and_then(|body: &GmailBody| body.attachment_id.as_ref());
        let bytes = match attachment {
            Some(id) => inside_tnef(part_id, self.client.get_attachment(message, id).await?),
            // Small parts and embedded messages have no attachment id: they are taken out of the message itself.
            None => {
                let raw = self.client.get_raw(message).await?;
                MessageParts::of(&raw).bytes(part_id)
            }
        };
        Ok(bytes.ok_or_else(|| GmailError::NotFound { what: format!("part {part_id} of message {message}") })?)
    }

    async fn structure(&self, message: &str) -> Result<Arc<GmailMessage>, GmailError> {
        let known = self.structure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.id == message) {
            return Ok(known);
        }
        let structure = Arc::new(self.client.get_structure(message).await?);
        *self.structure.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&structure));
        Ok(structure)
    }
}

fn find<'p>(part: &'p GmailPart, id: &str) -> Option<&'p GmailPart> {
    if part.part_id.as_deref().unwrap_or_default() == id {
        return Some(part);
    }
    part.parts.iter().find_map(|child| find(child, id))
}
