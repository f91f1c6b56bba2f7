use std::{io, net::SocketAddr};

use tokio::net::TcpSocket;

/// A TCP port of 127.0.0.1 for a server that is another process and has to be told its port before it starts.
///
/// It is bound here and nothing listens on it, so the kernel gives it to nobody else; a server that sets `SO_REUSEADDR`, as servers
/// do, can bind it beside us (socket(7)). A port that is looked up and let go again is sometimes taken by another test before the
/// server is there.
#[derive(Debug)]
pub struct KeptPort {
    address: SocketAddr,
    _bound: TcpSocket,
}

impl KeptPort {
    /// # Errors
    /// When no port is free.
    pub fn new() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self { address: socket.local_addr()?, _bound: socket })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn number(&self) -> u16 {
        self.address.port()
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;

    use super::KeptPort;

    #[tokio::test]
    async fn a_kept_port_is_refused_to_others_and_serves_who_knows_it() {
        let kept = KeptPort::new().expect("a port");
        let other = TcpSocket::new_v4().expect("a socket");
        assert!(other.bind(kept.address()).is_err());
        let server = tokio::net::TcpListener::bind(kept.address()).await.expect("can be listened on");
        let (client, accepted) = tokio::join!(tokio::net::TcpStream::connect(kept.address()), server.accept());
        assert_eq!(client.expect("connects").local_addr().expect("an address"), accepted.expect("is accepted").1);
    }
}
