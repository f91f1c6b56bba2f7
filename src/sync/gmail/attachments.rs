//! The bytes of attachments. Gmail names an attachment by an id that changes with every look at its message, so the message
//! is looked at first.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use super::GmailSource;
use crate::{
    gmail::GmailError,
    mail::{
        GmailMessage, MessageParts, Unpacked,
        gmail::{GmailBody, GmailPart},
        outer_part,
    },
};

impl GmailSource {
    pub(super) async fn parts_bytes(
        &self,
        message: &str,
        part_ids: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, GmailError> {
        let structure = self.structure(message).await?;
        // Several may lie in one winmail.dat.
        let mut outer: BTreeMap<&str, Option<Unpacked>> = BTreeMap::new();
        for part_id in part_ids.iter().map(|part_id| outer_part(part_id)) {
            if outer.contains_key(part_id) {
                continue;
            }
            let place = structure.payload.as_ref().and_then(|payload| find(payload, part_id));
            let attachment =
                place.and_then(|part| part.body.as_ref()).and_then(|body: &GmailBody| body.attachment_id.as_ref());
            let part = match attachment {
                Some(id) => Some(Unpacked::new(self.client.get_attachment(message, id).await?)),
                None => None,
            };
            outer.insert(part_id, part);
        }
        // Small parts and embedded messages have no attachment id: they are taken out of the message itself.
        let raw = if outer.values().any(Option::is_none) { Some(self.client.get_raw(message).await?) } else { None };
        let parts = raw.as_deref().map(MessageParts::of);
        let bytes = |part_id: &String| match outer.get(outer_part(part_id)) {
            Some(Some(unpacked)) => unpacked.bytes(part_id),
            _ => parts.as_ref()?.bytes(part_id),
        };
        Ok(part_ids.iter().map(bytes).collect())
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
