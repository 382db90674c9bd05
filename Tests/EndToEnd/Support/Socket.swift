import Glibc

/// A TCP connection to loopback. Every wait has a bound, so that a server which does not answer fails a test and holds
/// nothing up.
final class Socket {
    private var descriptor: CInt
    static let bound: CInt = 60_000

    init(port: UInt16) throws {
        // Close-on-exec: a child with a copy would keep the connection open after it is closed here.
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let error = SystemError("connect to 127.0.0.1:\(port)")
            Glibc.close(descriptor)
            descriptor = -1
            throw error
        }
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        var limit = timeval(tv_sec: Int(Self.bound / 1000), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// No more will be sent; reading goes on.
    func finishSending() {
        shutdown(descriptor, CInt(SHUT_WR))
    }

    /// Makes the kernel hold no more than about this many bytes that were not read yet.
    ///
    /// Not less than 16 KiB where more than a little is going to be read: with a window smaller than loopback's packets
    /// each of them waits for a timer, a minute and more for some megabytes.
    func limitReceiveBuffer(to bytes: CInt) {
        var bytes = bytes
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
    }

    func send(_ bytes: some Collection<UInt8>) throws {
        if try bytes.withContiguousStorageIfAvailable({ try send($0) }) == nil {
            try Array(bytes).withUnsafeBufferPointer { try send($0) }
        }
    }

    private func send(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        var sent = 0
        while let base = bytes.baseAddress, sent < bytes.count {
            let count = Glibc.send(descriptor, base + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("send") }
            sent += count
        }
    }

    /// Up to `limit` more bytes as soon as there are some; none: the other side has closed.
    func receive(upTo limit: Int = 256 << 10) throws -> [UInt8] {
        guard try isReadable(within: Self.bound) else { throw NoAnswer() }
        let received = try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let result = recv(descriptor, buffer.baseAddress, limit, 0)
            guard result >= 0 else { throw SystemError("recv") }
            count = result
        }
        return received
    }

    /// Whether there are bytes to read, or the connection's end. Waits for `milliseconds` at most.
    func isReadable(within milliseconds: CInt) throws -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&wanted, 1, milliseconds)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("poll") }
            return count > 0
        }
    }
}

/// The bound on a wait for the server passed.
struct NoAnswer: Error, CustomStringConvertible {
    var description: String { "no answer within \(Socket.bound / 1000) s" }
}
