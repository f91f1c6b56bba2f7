//! Whether this machine's clock agrees with others'.

use chrono::TimeDelta;

use super::{Report, Subject, note, right, wrong};
use crate::{clock::Clock, net::CLOCK_MAY_BE_OFF, store::Store};

/// From here on somebody should look at it, though everything works.
const NOTICEABLE: TimeDelta = TimeDelta::seconds(30);

/// Compares with Google's clock (`google`: by how much ours is ahead), and with that of the database's server.
pub(super) async fn look(clock: &dyn Clock, store: Option<&Store>, google: Option<TimeDelta>, report: Report<'_>) {
    let mut compared = false;
    if let Some(ahead) = google {
        compared = true;
        say(ahead, "Google", report);
    }
    if let Some(store) = store {
        let before = clock.now();
        match store.server_time().await {
            Ok(None) => {}
            Ok(Some(theirs)) => {
                compared = true;
                // It was read somewhere between the question and the answer.
                let ours = before + (clock.now() - before) / 2;
                say(ours - theirs, "the database's server", report);
            }
            Err(error) => {
                compared = true;
                wrong(report, Subject::Clock, &format!("the database does not say what time it is: {error}"));
            }
        }
    }
    if !compared {
        note(report, Subject::Clock, "nothing to compare it with: no answer from Google, and no PostgreSQL server");
    }
}

fn say(ahead: TimeDelta, whose: &str, report: Report<'_>) {
    let apart = ahead.abs();
    let side = if ahead > TimeDelta::zero() { "ahead of" } else { "behind" };
    let text = format!("this machine is {} {side} {whose}", in_words(apart));
    if apart > CLOCK_MAY_BE_OFF {
        wrong(
            report,
            Subject::Clock,
            &format!("{text}: set the clock (`timedatectl set-ntp true`); until then no mail is fetched"),
        );
    } else if apart > NOTICEABLE {
        note(report, Subject::Clock, &format!("{text}: set the clock (`timedatectl set-ntp true`)"));
    } else {
        right(report, Subject::Clock, &format!("it agrees with {whose}, to {}", in_words(apart)));
    }
}

/// A length of time, exact enough to see whether it is seconds or a time zone.
fn in_words(time: TimeDelta) -> String {
    match (time.num_seconds(), time.num_minutes(), time.num_hours()) {
        (0, ..) => "less than a second".to_owned(),
        (1, ..) => "a second".to_owned(),
        (seconds, ..) if seconds < 120 => format!("{seconds} seconds"),
        (_, minutes, _) if minutes < 120 => format!("{minutes} minutes"),
        (.., hours) if hours < 48 => format!("{hours} hours"),
        _ => format!("{} days", time.num_days()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Finding, Verdict};

    #[test]
    fn how_far_it_is_off_decides() {
        let of = |seconds: i64| {
            let mut found = Vec::new();
            say(TimeDelta::seconds(seconds), "Google", &mut |finding: Finding| found.push(finding));
            let [Finding { verdict, text, subject: Subject::Clock }] = &found[..] else { panic!("{found:?}") };
            (*verdict, text.clone())
        };
        for (seconds, verdict, words) in [
            (0, Verdict::Right, "agrees with Google, to less than a second"),
            (-30, Verdict::Right, "to 30 seconds"),
            (31, Verdict::Note, "31 seconds ahead of Google"),
            (-300, Verdict::Note, "5 minutes behind Google"),
            (301, Verdict::Wrong, "5 minutes ahead of Google"),
            (-2 * 3600, Verdict::Wrong, "2 hours behind Google"),
            (40 * 86_400, Verdict::Wrong, "40 days ahead of Google"),
        ] {
            let (found, text) = of(seconds);
            assert!(found == verdict && text.contains(words), "{seconds}: {found:?} {text}");
        }
    }
}
