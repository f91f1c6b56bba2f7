//! `replybook doctor`.

use std::{process::ExitCode, sync::Arc};

use replybook::{
    clock::{SharedClock, SystemClock},
    doctor::{self, Finding, Verdict},
    settings::Settings,
};

use super::console::say;

/// Looks at everything and says what is right and what is wrong, one line a check.
///
/// # Errors
/// When standard output is closed.
pub(super) async fn doctor() -> anyhow::Result<ExitCode> {
    let (mut all, mut wrong, mut said) = (0_usize, 0_usize, Ok(()));
    let mut report = |finding: Finding| {
        all += 1;
        wrong += usize::from(finding.verdict == Verdict::Wrong);
        if said.is_ok() {
            said = say(&line(&finding));
        }
    };
    match Settings::from_env() {
        Ok(settings) => {
            let clock: SharedClock = Arc::new(SystemClock);
            doctor::examine(&settings, &clock, &mut report).await;
        }
        Err(error) => doctor::unusable(&error, &mut report),
    }
    said?;
    let checks = if all == 1 { "1 check".to_owned() } else { format!("{all} checks") };
    if wrong == 0 {
        say(&format!("{checks}: nothing is wrong"))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{checks}: {wrong} failed"))?;
    Ok(ExitCode::FAILURE)
}

fn line(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Right => "ok",
        Verdict::Note => "note",
        Verdict::Wrong => "WRONG",
    };
    format!("{verdict:<5}  {:<12}  {}", finding.subject.name(), finding.text)
}

#[cfg(test)]
mod tests {
    use replybook::doctor::Subject;

    use super::*;

    #[test]
    fn what_is_wrong_stands_out() {
        let of = |verdict| line(&Finding { subject: Subject::Servers, verdict, text: "imap.example.com".to_owned() });
        assert_eq!(of(Verdict::Right), "ok     mail servers  imap.example.com");
        assert_eq!(of(Verdict::Wrong), "WRONG  mail servers  imap.example.com");
    }
}
