//! Sockets that take datagrams: of one address, or of a multicast group on one interface.

use socket2::{Domain, Protocol, Socket, Type};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// Asked of the system for every UDP socket, so that a burst waits there: bytes.
const RECEIVE_BUFFER: usize = 16 * 1024 * 1024;
/// A socket looks this often whether it is to stop.
pub(crate) const PATIENCE: Duration = Duration::from_millis(200);

/// A socket that listens at an address; a multicast address is joined, on the interface with the
/// given address where one is given. Reading gives up after a fifth of a second, so that its
/// owner can look whether to stop.
///
/// # Errors
/// What the system says of the address, the group or the interface.
pub fn listen(address: SocketAddr, interface: Option<IpAddr>) -> std::io::Result<UdpSocket> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    // the system may give less than is asked for; what it drops then it counts itself
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    if address.ip().is_multicast() {
        // several programs may listen to one group
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    match address.ip() {
        IpAddr::V4(group) if group.is_multicast() => {
            let local = match interface {
                Some(IpAddr::V4(ip)) => ip,
                _ => Ipv4Addr::UNSPECIFIED,
            };
            socket.join_multicast_v4(&group, &local)?;
        }
        IpAddr::V6(group) if group.is_multicast() => socket.join_multicast_v6(&group, 0)?,
        _ => {}
    }
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket.into())
}
