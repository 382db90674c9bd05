import Glibc
import RegistryCore
import Synchronization

@testable import StorageS3

/// A server on loopback that does to each connection what its test says, in a thread of the connection's own.
final class RawServer: Sendable {
    let port: UInt16
    private let listener: CInt
    private let connections = Mutex<[Peer]>([])
    private let isStopped = Mutex(false)
    /// Connections so far.
    var accepted: Int { connections.withLock { $0.count } }

    var url: String { "http://127.0.0.1:\(port)" }

    /// `serve` gets each connection and its number, from 0 on; the connection is closed when it returns or throws.
    init(_ serve: @escaping @Sendable (Peer, Int) throws -> Void) throws {
        (listener, port) = try bindToLoopback()
        let listener = listener
        guard listen(listener, 512) == 0 else { throw Gone() }
        _ = startIOThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else {
                    if connection >= 0 { close(connection) }
                    break
                }
                let peer = Peer(connection)
                let number = connections.withLock { connections in
                    connections.append(peer)
                    return connections.count - 1
                }
                _ = startIOThread {
                    try? serve(peer, number)
                    peer.end()
                }
            }
            close(listener)
        }
    }

    /// Once: the thread closes the socket then, and its number may be somebody else's afterwards.
    func stop() {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        if isFirst { shutdown(listener, CInt(SHUT_RDWR)) }
    }

    deinit {
        stop()
        for peer in connections.withLock({ $0 }) { peer.hangUp() }
    }
}

/// The other end went.
struct Gone: Error {}

/// A port at which nobody listens, and that nobody else gets meanwhile.
final class DeadPort: Sendable {
    private let socket: CInt
    let url: String

    init() throws {
        let (socket, port) = try bindToLoopback()
        self.socket = socket
        url = "http://127.0.0.1:\(port)"
    }

    deinit { close(socket) }
}

/// A socket bound to a free port.
private func bindToLoopback() throws -> (CInt, UInt16) {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
        }
    }
    guard isBound else { throw Gone() }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}
