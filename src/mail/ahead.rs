//! A reader that can be asked for what comes next, however little its source gives at once.

use std::io::{self, BufRead};

/// A reader and what was read from it in advance.
#[derive(Debug)]
pub(super) struct Ahead<R> {
    reader: R,
    /// Read already, and not yet consumed from `at` on.
    held: Vec<u8>,
    at: usize,
    /// A failure met while reading ahead, reported once what came before it is consumed.
    failure: Option<io::Error>,
}

impl<R: BufRead> Ahead<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, held: Vec::new(), at: 0, failure: None }
    }

    /// The next bytes: at least one, unless the stream has ended. Reads again when interrupted.
    pub fn fill(&mut self) -> io::Result<&[u8]> {
        if self.at < self.held.len() {
            return Ok(&self.held[self.at..]);
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        fill(&mut self.reader)
    }

    /// Takes `count` of the bytes that [`Ahead::fill`] gave.
    pub fn consume(&mut self, count: usize) {
        if self.at < self.held.len() {
            self.at += count;
        } else {
            self.reader.consume(count);
        }
    }

    /// The next `count` bytes, fewer where the stream ends or fails, without taking them.
    pub fn look(&mut self, count: usize) -> &[u8] {
        if self.held.len() - self.at < count {
            self.held.drain(..self.at);
            self.at = 0;
        }
        while self.held.len() - self.at < count && self.failure.is_none() {
            match fill(&mut self.reader) {
                Ok([]) => break,
                Ok(more) => {
                    let taken = more.len().min(count - (self.held.len() - self.at));
                    self.held.extend_from_slice(&more[..taken]);
                    self.reader.consume(taken);
                }
                Err(failure) => self.failure = Some(failure),
            }
        }
        let end = self.held.len().min(self.at + count);
        &self.held[self.at..end]
    }
}

fn fill<R: BufRead>(reader: &mut R) -> io::Result<&[u8]> {
    loop {
        match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    // Asked again because a borrow returned from inside the loop would outlive it; the buffer is filled by now.
    reader.fill_buf()
}
