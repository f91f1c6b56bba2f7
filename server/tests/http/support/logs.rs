//! Everything this process logs, to prove what is not in it.

use std::{
    io::{self, Write},
    sync::{Mutex, Once, PoisonError},
};

use replybook::settings::LogFormat;
use replybook_server::telemetry;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static START: Once = Once::new();
/// Our own code down to the finest line; of the others what a curious operator would switch on. The cookie jar is not the
/// application's: it belongs to the browsers of the tests.
const FILTER: &str = "debug,replybook=trace,replybook_server=trace,replybook_app=trace,tower_sessions=trace,\
                      tower_sessions_core=trace,cookie_store=off";

struct Captured;

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts capturing, once for the process.
pub fn capture() {
    START.call_once(|| telemetry::start(Some(FILTER), LogFormat::Text, || Captured).expect("a filter"));
}

/// What was logged so far, by all tests of this process.
pub fn so_far() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
