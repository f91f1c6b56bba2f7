//! An answer that is told piece by piece, as server-sent events. <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::time::Duration;

use reqwest::{Response, header::CONTENT_TYPE};
use tokio::time::timeout;

use super::{AiError, Answer, client::Attempt};
use crate::net::Failure;

/// The longest answer that is followed, with all that stands around its text, and the longest one event.
const MAX_STREAM_BYTES: usize = 16 << 20;
const MAX_EVENT_BYTES: usize = 1 << 20;

/// Is told each piece of an answer as it comes.
pub(super) type Heard<'a> = &'a (dyn Fn(&str) + Sync);

/// Puts the events of one provider together.
pub(super) trait Teller: Send {
    /// Takes the data of an event, and says whether it was the last one.
    fn event(&mut self, data: &str, heard: Heard<'_>) -> Result<bool, AiError>;

    /// How much text has come.
    fn text_bytes(&self) -> usize;

    /// What it came to. `is_whole`: the last event was there.
    fn end(self, is_whole: bool) -> Attempt<Answer>;
}

/// Whether a response tells its answer as events.
pub(super) fn are_in(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream"))
}

/// Follows the events of a response to their end. `silence` is how long nothing may come.
pub(super) async fn follow(
    mut response: Response,
    mut teller: impl Teller,
    silence: Duration,
    heard: Heard<'_>,
) -> Attempt<Answer> {
    let (mut lines, mut bytes) = (Lines::default(), 0);
    // Whether any event was one of the provider's. Bytes without one are no stream of it that broke off.
    let mut is_known = false;
    loop {
        let chunk = match timeout(silence, response.chunk()).await {
            Err(_) => return AiError::Timeout.into(),
            Ok(Err(error)) => {
                // What the provider counted is of the whole answer, and so none here.
                return match AiError::from(Failure::from(error)) {
                    // It may be over all the same: some servers close a connection in the middle of its last chunk.
                    AiError::Transport { .. } => teller.end(false),
                    error => error.into(),
                };
            }
            Ok(Ok(None)) => {
                let last = lines.last().map(|data| teller.event(&data, heard));
                is_known |= matches!(last, Some(Ok(_)));
                return match last {
                    _ if bytes > 0 && !is_known => AiError::Protocol.into(),
                    Some(Ok(is_whole)) => teller.end(is_whole),
                    Some(Err(_)) | None => teller.end(false),
                };
            }
            Ok(Ok(Some(chunk))) => chunk,
        };
        bytes += chunk.len();
        lines.push(&chunk);
        if bytes > MAX_STREAM_BYTES || lines.len() > MAX_EVENT_BYTES || teller.text_bytes() > MAX_EVENT_BYTES {
            return AiError::Protocol.into();
        }
        while let Some(data) = lines.next_event() {
            match teller.event(&data, heard) {
                Ok(false) => is_known = true,
                Ok(true) => return teller.end(true),
                Err(error) => return error.into(),
            }
        }
    }
}

/// Bytes as they come, in lines, and those in events.
#[derive(Debug, Default)]
struct Lines {
    /// What is not a whole line yet.
    rest: Vec<u8>,
    /// The data of the event that has begun.
    data: Option<String>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    fn len(&self) -> usize {
        self.rest.len() + self.data.as_ref().map_or(0, String::len)
    }

    /// The data of the next event that is whole.
    fn next_event(&mut self) -> Option<String> {
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            if let Some(data) = self.line(line.trim_end_matches(['\n', '\r'])) {
                return Some(data);
            }
        }
        None
    }

    /// The data of an event after which no empty line came.
    fn last(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        let line = String::from_utf8_lossy(&rest);
        self.line(line.trim_end_matches('\r')).or_else(|| self.data.take())
    }

    /// Takes a line, and gives out the event that it ends.
    fn line(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            return self.data.take();
        }
        let value = line.strip_prefix("data:")?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(value);
            }
            None => self.data = Some(value.to_owned()),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut events = Vec::new();
        for piece in pieces {
            lines.push(piece);
            events.extend(std::iter::from_fn(|| lines.next_event()));
        }
        events.extend(lines.last());
        events
    }

    #[test]
    fn events_are_put_together_however_they_are_cut() {
        let text = "event: a\r\ndata: {\"é\": 1}\r\n\r\n: ping\n\ndata:two\ndata: lines\n\ndata: [DONE]".as_bytes();
        let expected = ["{\"é\": 1}", "two\nlines", "[DONE]"];
        assert_eq!(events(&[text]), expected);
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(events(&bytes), expected);
        assert_eq!(events(&[b"\n\n", b"event: x\n\n"]), [""; 0]);
    }
}
