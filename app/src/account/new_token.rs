//! How a token reaches the page that shows it when no scripts run: in a cookie that only the server reads, once.

use super::state::PATH;
use crate::request::ShownOnce;

pub(super) const NEW_TOKEN: ShownOnce = ShownOnce { name: "new_api_token", path: PATH };
