//! What the messages say: customers of a shop and its answers, some 3 KB each with their headers, as a function of the
//! mailbox's seed, the thread and the place in it. Written when asked for, so that a large mailbox costs little memory.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use chrono::DateTime;
use serde_json::{Value, json};

use crate::seeded::Seeded;

const NAMES: [&str; 12] = [
    "Amelia Stone",
    "Joe Tanner",
    "Priya Nair",
    "Marta Lind",
    "Tom Okafor",
    "Chiara Russo",
    "Lena Vogel",
    "Sam Whitlock",
    "Noor Haddad",
    "Ivan Petrov",
    "Grace Doyle",
    "Oscar Nunez",
];
const THINGS: [&str; 10] = [
    "the oak shelf",
    "the espresso grinder",
    "the blue rain jacket",
    "the replacement filter",
    "the garden table",
    "the desk lamp",
    "the set of six plates",
    "the bicycle pump",
    "the linen curtains",
    "the standing mirror",
];
const DAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const ASKED: [&str; 12] = [
    "I ordered {thing} with you under number {number} and was told that it would be here by {day}, but nothing has come.",
    "The tracking page has said the same since {day}: handed over to the carrier, and not a word after that.",
    "Could you tell me whether {thing} is still in your warehouse or lost somewhere on the way to me?",
    "When I opened the parcel, one corner was dented and two of the screws that the manual lists were missing.",
    "I would rather have a replacement than my money back, provided that it can be here before the end of the month.",
    "On your page it says that {thing} fits the older model as well, and the leaflet in the box says that it does not.",
    "Please also change the address of the invoice: we moved in {day}'s rain and the accountant insists on the new one.",
    "Is it possible to collect it from your shop on {day} after six, since nobody is at home during the day?",
    "My bank shows two payments for order {number}, one on {day} and another one a few hours later.",
    "I tried the steps from your help page twice, and the light on the left stays red whatever I do.",
    "We are a small school and would need eleven more of {thing}; is there a price for that number?",
    "If that is not possible, just tell me how to send it back and who pays for the postage.",
];
const ANSWERED: [&str; 12] = [
    "Thank you for writing, and I am sorry that {thing} has kept you waiting.",
    "I have looked up order {number}: it left our warehouse on {day} and has been standing in the carrier's depot since.",
    "We have sent a second one today by another carrier; the number of the parcel reaches you this evening by text message.",
    "You do not have to send anything back, and nothing is charged to you for this.",
    "The second payment was only a reservation by your bank and disappears by itself, at the latest on {day}.",
    "The leaflet is older than our page: {thing} does fit the older model, with the longer pair of screws from the small bag.",
    "The red light means that the tank is not quite in place; press it down until you hear it click, then hold the button for \
     five seconds.",
    "From ten pieces on we take twelve per cent off, and an offer with the new price is attached to your customer account.",
    "I have changed the address, and you will find the corrected invoice in your account within the hour.",
    "Our shop is open until seven on {day}; just show the number {number} at the counter.",
    "For the return, print the label from your account and leave the parcel in any of the yellow boxes.",
    "Should anything else be missing, answer this message and it comes straight back to me.",
];
const QUESTIONS: [&str; 6] = [
    "Where is my order {number}?",
    "Missing screws for {thing}",
    "Question about {thing}",
    "Charged twice for {number}",
    "Return of {thing}",
    "Delivery on {day}",
];

const HOUR: i64 = 3_600_000;

/// Which message of which conversation: all that its words depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) thread: u64,
    /// Counted from 0; the customer writes first, and the two take turns.
    pub(crate) position: u32,
}

/// A message as somebody wrote it, before Gmail gave it an id.
pub(crate) struct Written {
    pub(crate) headers: Vec<(&'static str, String)>,
    text: String,
    html: Option<String>,
}

impl Place {
    /// Whether the owner of the mailbox wrote it.
    pub(crate) fn is_ours(self) -> bool {
        self.position % 2 == 1
    }

    fn seeded(self, seed: u64, what: u64) -> Seeded {
        Seeded::new(seed, &[self.thread, u64::from(self.position), what])
    }

    /// The customer of the conversation: name and address.
    fn customer(self, seed: u64) -> (&'static str, String) {
        let mut seeded = Seeded::new(seed, &[self.thread, u64::MAX]);
        let name = seeded.one_of(&NAMES);
        (name, format!("{}.{}@mail.example", name.to_lowercase().replace(' ', "."), self.thread))
    }

    /// What the author wrote, paragraph by paragraph, without what is quoted below it.
    fn words(self, seed: u64) -> Vec<String> {
        let mut seeded = self.seeded(seed, 0);
        let pool = if self.is_ours() { &ANSWERED } else { &ASKED };
        let first = seeded.below(pool.len() as u64) as usize;
        let mut paragraphs = Vec::new();
        for paragraph in 0..3 {
            let sentences: Vec<String> = (0..2)
                .map(|sentence| filled(pool[(first + paragraph * 2 + sentence) % pool.len()], &mut seeded))
                .collect();
            paragraphs.push(sentences.join(" "));
        }
        paragraphs
    }

    /// Writes the message. `at` is when it was sent, in milliseconds since 1970.
    pub(crate) fn write(self, seed: u64, owner: &str, at: i64) -> Written {
        let mut seeded = self.seeded(seed, 1);
        let (name, customer) = self.customer(seed);
        let us = "Marta of Fernhill Store";
        let (from, to, greeted, author) = if self.is_ours() {
            (format!("{us} <{owner}>"), format!("{name} <{customer}>"), name, us)
        } else {
            (format!("{name} <{customer}>"), owner.to_owned(), "Fernhill team", name)
        };
        let mut subject_seed = Seeded::new(seed, &[self.thread, u64::MAX - 1]);
        let question = filled(subject_seed.one_of(&QUESTIONS), &mut subject_seed);
        let subject = if self.position == 0 { question } else { format!("Re: {question}") };
        let message_id = |position: u32| format!("<{:x}.{position}.{seed:x}@mail.example>", self.thread);
        let earlier: Vec<String> = (0..self.position).map(message_id).collect();
        let words = self.words(seed);
        let signature = if self.is_ours() {
            "Kind regards,\nMarta Lind\n\n-- \nFernhill Store · Customer service\n12 Mill Lane, Ashby · +44 1632 960 117\nhttps://fernhill.example"
                .to_owned()
        } else {
            format!("Best wishes,\n{name}")
        };
        let quoted = (self.position > 0).then(|| {
            let before = Self { position: self.position - 1, ..self };
            let wrote = if self.is_ours() { format!("{name} <{customer}>") } else { format!("{us} <{owner}>") };
            let on = date(at - HOUR).format("On %a, %b %-d, %Y at %-I:%M %p").to_string();
            (format!("{on} {wrote} wrote:"), before.words(seed))
        });
        // Every second customer writes with a program that sends HTML as well, and so do we to them.
        let is_html = self.thread.is_multiple_of(2);
        let mut headers = vec![
            ("Delivered-To", owner.to_owned()),
            (
                "Received",
                format!(
                    "by 2002:a05:6022:{:x} with SMTP id d{:x}csp; {}",
                    seeded.below(65_536),
                    seeded.next(),
                    rfc2822(at)
                ),
            ),
            ("Return-Path", format!("<{}>", if self.is_ours() { owner } else { &customer })),
            (
                "Received",
                format!(
                    "from mail.example (mail.example. [203.0.113.{}]) by mx.google.com with ESMTPS id {:x}; {}",
                    seeded.below(250),
                    seeded.next(),
                    rfc2822(at)
                ),
            ),
            (
                "DKIM-Signature",
                format!(
                    "v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example; s=2024; h=to:subject:message-id:date:from:mime-version; bh={:016x}{:016x}; b={:016x}{:016x}{:016x}{:016x}",
                    seeded.next(),
                    seeded.next(),
                    seeded.next(),
                    seeded.next(),
                    seeded.next(),
                    seeded.next()
                ),
            ),
            ("MIME-Version", "1.0".to_owned()),
            ("From", from),
            ("To", to),
            ("Date", rfc2822(at)),
            ("Subject", subject),
            ("Message-ID", message_id(self.position)),
        ];
        if let Some(parent) = earlier.last() {
            headers.push(("In-Reply-To", parent.clone()));
            headers.push(("References", earlier.join(" ")));
        }
        headers.push((
            "Content-Type",
            if is_html {
                format!("multipart/alternative; boundary=\"{:024x}\"", seeded.next())
            } else {
                "text/plain; charset=\"UTF-8\"".to_owned()
            },
        ));
        let text = text_of(greeted, &words, &signature, quoted.as_ref());
        let html = is_html.then(|| html_of(greeted, &words, author, quoted.as_ref()));
        Written { headers, text, html }
    }

    /// When the message was sent, for a conversation that began at `started`; milliseconds since 1970.
    pub(crate) fn sent_at(self, started: i64) -> i64 {
        started + i64::from(self.position) * HOUR
    }
}

impl Written {
    /// Gmail's `payload` in `format=full`. `attachment` is a file that is to be fetched by its id: name, id, size.
    pub(crate) fn payload(&self, attachment: Option<(&str, String, usize)>) -> Value {
        let headers: Vec<Value> =
            self.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let text = leaf("text/plain", &self.text);
        let alternative = |headers: Vec<Value>, html: &str| {
            json!({
                "partId": "", "mimeType": "multipart/alternative", "filename": "", "headers": headers,
                "body": {"size": 0},
                "parts": [text.clone(), leaf("text/html", html)],
            })
        };
        let Some((name, id, size)) = attachment else {
            return match &self.html {
                Some(html) => alternative(headers, html),
                None => json!({
                    "partId": "", "mimeType": "text/plain", "filename": "", "headers": headers,
                    "body": {"size": self.text.len(), "data": URL_SAFE.encode(&self.text)},
                }),
            };
        };
        let content = self.html.as_ref().map_or_else(|| text.clone(), |html| alternative(Vec::new(), html));
        let file = json!({
            "partId": "1", "mimeType": "application/pdf", "filename": name,
            "headers": [{"name": "Content-Type", "value": format!("application/pdf; name=\"{name}\"")},
                        {"name": "Content-Disposition", "value": format!("attachment; filename=\"{name}\"")}],
            "body": {"attachmentId": id, "size": size},
        });
        json!({
            "partId": "", "mimeType": "multipart/mixed", "filename": "", "headers": headers, "body": {"size": 0},
            "parts": [content, file],
        })
    }

    /// Bytes of the message as it would have travelled, about.
    pub(crate) fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        headers + self.text.len() + self.html.as_ref().map_or(0, String::len)
    }

    /// The first words, as Gmail shows them in a list.
    pub(crate) fn snippet(&self) -> String {
        self.text.chars().take(120).map(|c| if c == '\n' { ' ' } else { c }).collect()
    }
}

fn leaf(mime_type: &str, text: &str) -> Value {
    json!({
        "partId": "0", "mimeType": mime_type, "filename": "",
        "headers": [{"name": "Content-Type", "value": format!("{mime_type}; charset=\"UTF-8\"")}],
        "body": {"size": text.len(), "data": URL_SAFE.encode(text)},
    })
}

fn filled(template: &str, seeded: &mut Seeded) -> String {
    template
        .replace("{thing}", seeded.one_of(&THINGS))
        .replace("{day}", seeded.one_of(&DAYS))
        .replace("{number}", &format!("FH-{}", 20_000 + seeded.below(9_000)))
}

fn text_of(greeted: &str, words: &[String], signature: &str, quoted: Option<&(String, Vec<String>)>) -> String {
    let mut text = format!("Hello {greeted},\n\n{}\n\n{signature}\n", words.join("\n\n"));
    if let Some((attribution, before)) = quoted {
        text.push_str(&format!("\n{attribution}\n"));
        for line in before.join("\n\n").lines() {
            text.push_str(&format!("> {line}\n"));
        }
    }
    text.replace('\n', "\r\n")
}

fn html_of(greeted: &str, words: &[String], author: &str, quoted: Option<&(String, Vec<String>)>) -> String {
    let paragraphs =
        |words: &[String]| words.iter().map(|words| format!("<div>{words}</div><div><br></div>")).collect::<String>();
    let mut html = format!(
        "<div dir=\"ltr\"><div>Hello {greeted},</div><div><br></div>{}<div>{author}</div></div>",
        paragraphs(words)
    );
    if let Some((attribution, before)) = quoted {
        let attribution = attribution.replace('<', "&lt;").replace('>', "&gt;");
        html.push_str(&format!(
            "<br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">{attribution}<br></div>\
             <blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex\">{}\
             </blockquote></div>",
            paragraphs(before)
        ));
    }
    html
}

fn date(millis: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

fn rfc2822(millis: i64) -> String {
    date(millis).to_rfc2822()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_some_3_kb_and_always_the_same() {
        let sizes: Vec<usize> = (0..400)
            .map(|number| {
                let place = Place { thread: number / 4, position: (number % 4) as u32 };
                let one = place.write(7, "us@fernhill.example", 1_790_000_000_000);
                let two = place.write(7, "us@fernhill.example", 1_790_000_000_000);
                assert_eq!(one.payload(None), two.payload(None));
                one.size()
            })
            .collect();
        let mean = sizes.iter().sum::<usize>() / sizes.len();
        assert!((2_700..3_500).contains(&mean), "mean {mean}");
    }

    #[test]
    fn the_two_sides_take_turns_and_quote_each_other() {
        let answer = Place { thread: 3, position: 1 }.write(7, "us@fernhill.example", 1_790_000_000_000);
        assert!(answer.headers.iter().any(|(name, value)| *name == "From" && value.contains("us@fernhill.example")));
        assert!(answer.text.contains("wrote:\r\n> "), "{}", answer.text);
    }
}
