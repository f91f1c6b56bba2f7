//! The HTTP status of the page that is being rendered.

use axum::http::StatusCode;

use crate::request::set_status;

pub(super) fn set(code: u16) {
    if let Ok(status) = StatusCode::from_u16(code) {
        set_status(status);
    }
}
