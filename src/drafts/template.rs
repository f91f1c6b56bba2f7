//! An answer without a model: the best past reply, with gaps.

use super::Ground;
use crate::types::DraftTemplate;

/// The reply of the nearest case as a template; nothing where no case was found.
#[must_use]
pub fn template(ground: &Ground) -> Option<DraftTemplate> {
    let case = ground.cases.first()?;
    Some(DraftTemplate {
        case: case.pair,
        text: case.reply.clone(),
        gaps: Vec::new(),
        language: None,
        wrong_language: false,
        nearest: 0,
    })
}
