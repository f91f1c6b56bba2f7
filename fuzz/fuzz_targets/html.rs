#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| replybook_fuzz::limited(replybook_fuzz::html, data));
