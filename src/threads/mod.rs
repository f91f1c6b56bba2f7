//! Threads as a person reads them: every message once, with its author's own words told apart from what is quoted.

mod documents;
mod list;

use std::{collections::BTreeMap, sync::Arc};

use tokio::time::timeout;

use crate::{
    Domain,
    accounts::our_addresses,
    attachments, html, labels,
    mail::MailKind,
    pairing::is_unverified,
    pairs::{RENDERING, clean_for_reader, cut, pair_account, share, shown},
    store::{Act, StoreError, StoredAttachment, ThreadFilter, ThreadHead, ThreadMessageFacts},
    types::{
        AccountId, AccountStatus, Actor, AttachmentCounts, ConflictCode, EmailAccount, EmailAccountList, EmailCopy,
        EmailMessage, EmailStatus, EmailThreadDetail, EmailThreadPage, InvalidCode, MessageId, NotFoundCode, Problem,
        ThreadId, UnavailableCode,
    },
};

pub(crate) use documents::Documents;
pub use list::list;

/// The longest search, in characters.
const MAX_SEARCH: usize = 200;

/// A page of threads, the one with the latest message first: those that `account` sees, where one is named, and that `text`
/// is found in.
///
/// # Errors
/// [`Problem::Invalid`] for a search that is too long, and for a cursor that no page gave out.
pub async fn page(
    d: &Domain,
    account: Option<AccountId>,
    text: Option<String>,
    cursor: Option<&str>,
    limit: i64,
) -> Result<EmailThreadPage, Problem> {
    let filter = ThreadFilter { account, text };
    check(&filter)?;
    Ok(d.store.list_threads(&filter, cursor, limit).await?)
}

fn check(filter: &ThreadFilter) -> Result<(), Problem> {
    match &filter.text {
        Some(text) if text.chars().count() > MAX_SEARCH => {
            Err(Problem::invalid("q", InvalidCode::TooLong { most: MAX_SEARCH }))
        }
        _ => Ok(()),
    }
}

/// Messages of a thread that are read at a time where nobody says how many.
pub const MESSAGES: i64 = 100;

/// Messages before those asked for that are read with them: cleaning knows by them what is quoted, and how somebody ends mail.
const CONTEXT: usize = 50;

/// A thread with its messages, the oldest first: the latest `limit`, or those before the message `before`. A mail that several of our
/// mailboxes hold is there once.
///
/// # Errors
/// `email_thread_not_found`; [`Problem::Invalid`] where the thread has no message `before`; `rendering_too_slow`; when the database
/// cannot be read.
pub async fn thread(
    d: &Arc<Domain>,
    id: ThreadId,
    before: Option<MessageId>,
    limit: i64,
) -> Result<EmailThreadDetail, Problem> {
    let not_found = || Problem::not_found(NotFoundCode::Thread);
    let parts = d.store.thread_parts(id).await?.ok_or_else(not_found)?;
    let (account, part) = parts.parts.first().ok_or_else(not_found)?;
    let (heads, mut copies) = once_each(d.store.thread_heads(id).await?);
    let end = match before {
        Some(before) => heads.iter().position(|head| head.id == before),
        None => Some(heads.len()),
    };
    let end = end.ok_or_else(|| Problem::invalid("before", InvalidCode::Cursor))?;
    let start = end.saturating_sub(usize::try_from(limit).unwrap_or(0).max(1));
    let earlier = heads.get(start).filter(|_| start > 0).map(|head| head.id);
    let asked: Vec<MessageId> = heads[start..end].iter().map(|head| head.id).collect();
    let read: Vec<MessageId> = heads[start.saturating_sub(CONTEXT)..end].iter().map(|head| head.id).collect();
    let everywhere: Vec<MessageId> = asked
        .iter()
        .flat_map(|id| std::iter::once(*id).chain(copies.get(id).into_iter().flatten().map(|(id, _)| *id)))
        .collect();
    let mail = d.store.mail_of(&read).await?;
    let used = d.store.habits_used(*account, part).await?;
    let facts = d.store.message_facts(&everywhere).await?;
    let pairs = d.store.pairs_of_replies(&everywhere).await?;
    let ours = our_addresses(d).await?;
    let mut facts: BTreeMap<MessageId, ThreadMessageFacts> = facts.into_iter().map(|facts| (facts.id, facts)).collect();
    let mut files: BTreeMap<MessageId, Vec<StoredAttachment>> = BTreeMap::new();
    for file in d.store.attachments_among(&asked).await? {
        files.entry(file.message).or_default().push(file);
    }
    let mut cleaned = clean_for_reader(mail, used).await?;
    // Of the messages before there are no facts: they were read for those after them alone.
    cleaned.retain(|(message, _)| facts.contains_key(&message.id));
    let share = share(cleaned.iter().map(|(_, cleaned)| cleaned.source.len()));
    let mut messages = Vec::with_capacity(cleaned.len());
    for (message, cleaned) in cleaned {
        // What was deleted between the two looks is not there any more.
        let Some(own) = facts.remove(&message.id) else { continue };
        let also_in = copies.remove(&message.id).unwrap_or_default().into_iter().filter_map(|(id, account_id)| {
            let account_name = facts.get(&id)?.account_name.clone();
            Some(EmailCopy { message_id: id, account_id, account_name })
        });
        let language = labels::language_of(&cleaned.text()).map(ToOwned::to_owned);
        let folded = cleaned.removed.iter().map(|span| shown(message.id, span, &[])).collect();
        let (text, folded, is_cut) = cut(cleaned.source, folded, share);
        messages.push(EmailMessage {
            also_in: also_in.collect(),
            folded,
            text,
            language,
            truncated: is_cut || message.is_cut,
            has_html: message.body_html.is_some(),
            has_remote_images: message.body_html.as_deref().is_some_and(html::has_remote_images),
            attachments: files
                .remove(&message.id)
                .unwrap_or_default()
                .into_iter()
                .map(|file| attachments::shown(d, file))
                .collect(),
            id: message.id,
            account_id: message.account,
            account_name: own.account_name,
            direction: message.direction,
            unverified: is_unverified(message.from_address.as_deref(), message.sent(), &message.nature, &ours),
            confirmed_ours: message.confirmed_ours,
            encrypted: message.nature.contains(MailKind::Encrypted),
            signed: message.nature.contains(MailKind::Signed),
            from_name: message.from_name,
            from_address: message.from_address,
            to: own.to,
            cc: own.cc,
            recipients_left_out: count(own.recipients_left_out),
            subject: message.subject,
            at: message.at,
            deleted_at: own.deleted_at,
        });
    }
    Ok(EmailThreadDetail { id, subject: parts.subject, message_count: count(heads.len()), messages, earlier, pairs })
}

/// Says that we sent a message which bears our address, or takes that back, and pairs its thread anew.
///
/// # Errors
/// `email_message_not_found`; `sender_is_not_ours` for a message from another address; when the database cannot be used.
pub async fn confirm_sender(d: &Arc<Domain>, by: Actor, id: MessageId, ours: bool) -> Result<(), Problem> {
    let unknown = || Problem::not_found(NotFoundCode::Message);
    let addresses = our_addresses(d).await?;
    let from = d.store.sender_of(id).await?.ok_or_else(unknown)?;
    if ours && !from.is_some_and(|from| addresses.contains(&from)) {
        return Err(Problem::conflict(ConflictCode::NotOurAddress));
    }
    let account = d.store.confirm_sender(id, ours, Act { by, at: d.clock.now() }).await?.ok_or_else(unknown)?;
    tracing::info!(%by, message = %id, ours, "sender confirmed");
    pair_account(d, account, &addresses).await?;
    Ok(())
}

type Copies = BTreeMap<MessageId, Vec<(MessageId, AccountId)>>;

/// Each mail once, the oldest first, and where the others of it are. Two messages are the same mail where they share a Message-ID and
/// lie in different mailboxes: within one mailbox even those are two. One that its provider still has goes before one that is gone.
fn once_each(mut mail: Vec<ThreadHead>) -> (Vec<ThreadHead>, Copies) {
    mail.sort_by_key(|message| (message.is_deleted, message.at, message.id));
    let mut kept: Vec<ThreadHead> = Vec::with_capacity(mail.len());
    let mut by_id: BTreeMap<String, Vec<MessageId>> = BTreeMap::new();
    // How often a mailbox has a Message-ID by now: its first message with it is a copy of the first mail with it, and so on.
    let mut times: BTreeMap<(AccountId, String), usize> = BTreeMap::new();
    let mut copies = Copies::new();
    for message in mail {
        let Some(id) = message.message_id.clone() else {
            kept.push(message);
            continue;
        };
        let time = times.entry((message.account, id.clone())).or_default();
        let same = by_id.entry(id).or_default();
        match same.get(*time) {
            Some(original) => copies.entry(*original).or_default().push((message.id, message.account)),
            None => {
                same.push(message.id);
                kept.push(message);
            }
        }
        *time += 1;
    }
    kept.sort_by_key(|message| (message.at, message.id));
    (kept, copies)
}

/// The HTML of a message as a document that can do nothing but be looked at. With `has_session` its pictures are asked for with the session
/// of who looks at it, and it is the same each time; otherwise their addresses carry tickets.
///
/// # Errors
/// `email_message_not_found`, `email_message_has_no_html`; `rendering_too_slow`; when the database cannot be read.
pub async fn message_html(
    d: &Arc<Domain>,
    id: MessageId,
    remote_images: bool,
    has_session: bool,
    words: html::Words,
) -> Result<Arc<str>, Problem> {
    let body = d.store.message_body(id).await?.ok_or_else(|| Problem::not_found(NotFoundCode::Message))?;
    let source = body.html.ok_or_else(|| Problem::not_found(NotFoundCode::MessageHtml))?;
    let mut pictures = BTreeMap::new();
    for file in d.store.attachments_of(id).await? {
        if pictures.len() == attachments::MAX_PICTURES {
            break;
        }
        if let Some(content_id) = &file.content_id {
            let mut address = format!("/api/email/attachments/{}/picture", file.id);
            if !has_session {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                address =
                    format!("{address}?{}", query.append_pair("ticket", &attachments::ticket(d, file.id)).finish());
            }
            pictures.insert(content_id.clone(), address);
        }
    }
    let source = documents::Source { html: source, subject: body.subject, pictures, remote_images, words };
    // What has begun cannot be stopped half way, but it never takes long: mail that would is shown as its text.
    timeout(RENDERING, d.documents.get(source)).await.unwrap_or_else(|_| {
        tracing::error!(seconds = RENDERING.as_secs(), %id, "the HTML of a message took too long");
        Err(Problem::unavailable(UnavailableCode::RenderingTooSlow))
    })
}

/// How much mail is here, over all accounts.
///
/// # Errors
/// When the database cannot be read.
pub async fn status(d: &Domain) -> Result<EmailStatus, StoreError> {
    let accounts = d.store.list_accounts(None, None).await?;
    let with = |status| count(accounts.iter().filter(|account| account.status == status).count());
    Ok(EmailStatus {
        accounts: count(accounts.len()),
        accounts_active: with(AccountStatus::Active),
        accounts_needing_attention: with(AccountStatus::Error),
        messages: accounts.iter().map(|account| account.counts.messages).sum(),
        threads: d.store.count_threads().await?,
        set_aside: accounts.iter().map(|account| account.counts.set_aside).sum(),
        attachments: d.store.attachment_totals().await?,
        attachment_policy: d.settings.attachments.policy,
        attachment_max_bytes: i64::try_from(d.settings.attachments.max_bytes).unwrap_or(i64::MAX),
        last_sync_at: accounts.iter().filter_map(|account| account.last_sync_at).max(),
    })
}

/// The mail accounts with what is stored of each.
///
/// # Errors
/// When the database cannot be read.
pub async fn accounts(d: &Domain) -> Result<EmailAccountList, StoreError> {
    let threads = d.store.thread_counts().await?;
    let attachments: BTreeMap<AccountId, AttachmentCounts> = d.store.attachment_counts().await?.into_iter().collect();
    let accounts: Vec<EmailAccount> = d
        .store
        .list_accounts(None, None)
        .await?
        .into_iter()
        .map(|account| EmailAccount {
            threads: threads.get(&account.id).copied().unwrap_or(0),
            attachments: attachments.get(&account.id).copied().unwrap_or_default(),
            id: account.id,
            provider_code: account.provider_code,
            address: account.external_account_id,
            display_name: account.display_name,
            status: account.status,
            problem: account.meta.problem,
            last_sync_at: account.last_sync_at,
            active_run_id: account.active_run_id,
            not_before: account.not_before,
            not_before_reason: account.not_before_reason,
            messages: account.counts.messages,
            pairs: account.counts.pairs,
            set_aside: account.counts.set_aside,
        })
        .collect();
    Ok(EmailAccountList { count: u32::try_from(accounts.len()).unwrap_or(u32::MAX), accounts })
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn mail(number: u128, account: u128, message_id: Option<&str>) -> ThreadHead {
        ThreadHead {
            id: MessageId(Uuid::from_u128(number)),
            account: AccountId(Uuid::from_u128(account)),
            message_id: message_id.map(ToOwned::to_owned),
            at: None,
            is_deleted: false,
        }
    }

    fn numbers(mail: Vec<ThreadHead>) -> (Vec<u128>, Vec<(u128, Vec<u128>)>) {
        let (kept, copies) = once_each(mail);
        let copies =
            copies.into_iter().map(|(id, of)| (id.0.as_u128(), of.iter().map(|(id, _)| id.0.as_u128()).collect()));
        (kept.iter().map(|message| message.id.0.as_u128()).collect(), copies.collect())
    }

    #[test]
    fn a_mail_that_several_mailboxes_hold_is_there_once() {
        let some = Some("m");
        let (kept, copies) = numbers(vec![
            mail(1, 7, some),
            mail(2, 8, some),
            mail(3, 7, some),
            mail(4, 8, some),
            mail(5, 8, some),
            mail(6, 9, some),
        ]);
        assert_eq!(kept, [1, 3, 5], "within one mailbox they are several");
        assert_eq!(copies, [(1, vec![2, 6]), (3, vec![4])]);
        let gone = ThreadHead { is_deleted: true, ..mail(1, 7, some) };
        let (kept, copies) = numbers(vec![gone, mail(2, 8, some), mail(3, 7, None), mail(4, 8, None)]);
        assert_eq!((kept, copies), (vec![2, 3, 4], vec![(2, vec![1])]), "what is still there goes before what is gone");
    }

    #[test]
    fn very_many_with_one_id_are_told_apart() {
        let (kept, copies) = numbers((1..=60_000).map(|number| mail(number, number % 2, Some("m"))).collect());
        assert_eq!((kept.len(), copies.len()), (30_000, 30_000));
    }
}
