//! A Dovecot of the test's own: an ordinary process with its own folder and ports, gone with the test.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use replybook::types::{ImapAccountInput, ImapTls};
use replybook_doubles::KeptPort;
use tokio::net::TcpStream;

pub const PASSWORD: &str = "abcd efgh \"ijkl\" mnop";

pub struct Dovecot {
    process: Child,
    folder: tempfile::TempDir,
    pub port: u16,
    pub tls_port: u16,
    _ports: [KeptPort; 2],
}

/// Signed in as the mail program of the mailbox's owner.
pub type Owner = async_imap::Session<TcpStream>;

impl Dovecot {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let user = output("id", &["-un"]);
        let ports = [(); 2].map(|()| KeptPort::new().expect("a port is free"));
        let [port, tls_port] = [0, 1].map(|of| ports[of].number());
        std::fs::create_dir(folder.path().join("mail")).expect("a folder can be made");
        let conf = folder.path().join("dovecot.conf");
        std::fs::write(&conf, settings(folder.path(), &user, port, tls_port)).expect("the settings can be written");
        write_password(folder.path(), PASSWORD);
        make_certificate(folder.path());
        if user == "root" {
            // Dovecot opens no mailbox as root.
            output("chmod", &["755", &folder.path().display().to_string()]);
            output("chown", &["dovecot:dovecot", &folder.path().join("mail").display().to_string()]);
        }
        let mut process = Command::new("/usr/sbin/dovecot")
            .args(["-F", "-c"])
            .arg(&conf)
            .stderr(Stdio::piped())
            .spawn()
            .expect("Dovecot is installed: apt-get install dovecot-imapd, as scripts/test.sh does");
        let mut log = BufReader::new(process.stderr.take().expect("stderr is piped"));
        let mut said = String::new();
        while !said.contains("starting up") {
            assert_ne!(log.read_line(&mut said).expect("a log"), 0, "Dovecot ended at once: {said}");
        }
        // What it says further is of no interest, but has to be read, or it would wait for somebody to.
        std::thread::spawn(move || {
            let mut rest = String::new();
            let _read = log.read_to_string(&mut rest);
        });
        Self { process, folder, port, tls_port, _ports: ports }
    }

    /// The certificate, which nobody signed but itself.
    pub fn certificate(&self) -> std::path::PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Until Dovecot goes by it: it looks at the file once a second.
    pub async fn set_password(&self, address: &str, password: &str) {
        write_password(self.folder.path(), password);
        while self.sign_in(address, password).await.is_err() {}
    }

    /// Lets nobody into a folder any more, though it is still listed.
    pub fn close_folder(&self, address: &str, name: &str) {
        let folder = self.folder.path().join("mail").join(address).join(format!(".{name}"));
        output("chmod", &["000", &folder.display().to_string()]);
    }

    /// What a person types to connect a mailbox.
    pub fn input(&self, address: &str) -> ImapAccountInput {
        ImapAccountInput {
            address: address.to_owned(),
            host: "127.0.0.1".to_owned(),
            port: Some(self.port),
            tls: Some(ImapTls::None),
            username: None,
            password: PASSWORD.to_owned(),
        }
    }

    pub async fn owner(&self, address: &str) -> Owner {
        self.sign_in(address, PASSWORD).await.expect("signs in")
    }

    async fn sign_in(&self, address: &str, password: &str) -> Result<Owner, async_imap::error::Error> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.expect("Dovecot listens");
        let mut client = async_imap::Client::new(stream);
        client.read_response().await.expect("a greeting").expect("a greeting");
        client.login(address, password).await.map_err(|(error, _)| error)
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its children end with it when it is asked; when it is killed they would find out late.
        output("kill", &["-TERM", &self.process.id().to_string()]);
        let _reaped = self.process.wait();
    }
}

fn settings(folder: &Path, user: &str, port: u16, tls_port: u16) -> String {
    let folder = folder.display();
    let (mail_user, users) = if user == "root" {
        ("dovecot", String::new())
    } else {
        let group = output("id", &["-gn"]);
        (
            user,
            format!("default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n"),
        )
    };
    let special = ["Sent", "Drafts", "Junk", "Trash"]
        .map(|name| format!("mailbox {name} {{\n auto = create\n special_use = \\{name}\n }}\n"))
        .concat();
    // Made by the story that wants one.
    let special = format!("{special}mailbox \"All Mail\" {{\n special_use = \\All\n }}\n");
    format!(
        "protocols = imap\nlisten = 127.0.0.1\nbase_dir = {folder}/run\nstate_dir = {folder}/state\n\
         log_path = /dev/stderr\ndisable_plaintext_auth = no\nauth_mechanisms = plain\nauth_failure_delay = 0\n\
         ssl = yes\nssl_cert = <{folder}/certificate.pem\nssl_key = <{folder}/key.pem\n{users}\
         first_valid_uid = 1\nmail_location = maildir:{folder}/mail/%u\nmail_fsync = never\n\
         passdb {{\n driver = passwd-file\n args = {folder}/users\n}}\n\
         userdb {{\n driver = static\n args = uid={mail_user} gid={mail_user} home={folder}/mail/%u\n}}\n\
         namespace inbox {{\n inbox = yes\n separator = /\n{special}}}\n\
         service anvil {{\n chroot =\n}}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n port = {port}\n }}\n\
         inet_listener imaps {{\n port = {tls_port}\n ssl = yes\n }}\n}}\n"
    )
}

/// Every user has the same one.
fn write_password(folder: &Path, password: &str) {
    let users = ["ann@shop.example", "bob@shop.example"].map(|user| format!("{user}:{{PLAIN}}{password}::::::\n"));
    std::fs::write(folder.join("users"), users.concat()).expect("the passwords can be written");
}

fn make_certificate(folder: &Path) {
    let path = |name: &str| folder.join(name).display().to_string();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=a Dovecot of Replybook tests", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &path("key.pem"), "-out", &path("certificate.pem")])
        .output()
        .expect("openssl is installed: Dovecot needs it too");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("the program runs");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
