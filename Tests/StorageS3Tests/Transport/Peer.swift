import Glibc
import RegistryCore
import Synchronization

/// The server's end of a connection. One thread uses it; others may hang it up.
final class Peer: Sendable {
    struct Request: Sendable {
        var line: String
        var headers: [String]
        var body: [UInt8]
    }

    private let descriptor: CInt
    private let isOpen = Mutex(true)
    private let ahead = Mutex<[UInt8]>([])

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// The next request with its body; throws at the connection's end.
    func request() throws -> Request {
        var request = try head()
        let length = request.headers.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: ":")[1].drop { $0 == " " }) }
        request.body = try read(length ?? 0)
        return request
    }

    /// The next request without its body.
    func head() throws -> Request {
        let end: [UInt8] = [13, 10, 13, 10]
        while true {
            let head: String? = ahead.withLock { ahead in
                guard ahead.count >= 4,
                    let index = (0...ahead.count - 4).first(where: { Array(ahead[$0..<$0 + 4]) == end })
                else { return nil }
                defer { ahead.removeFirst(index + 4) }
                return String(decoding: ahead[..<index], as: UTF8.self)
            }
            if let head {
                let lines = head.split(separator: "\r\n").map(String.init)
                return Request(line: lines[0], headers: Array(lines.dropFirst()), body: [])
            }
            try receive()
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        while ahead.withLock({ $0.count }) < count { try receive() }
        return ahead.withLock { ahead in
            defer { ahead.removeFirst(count) }
            return Array(ahead[..<count])
        }
    }

    /// Reads until the client goes.
    func readToEnd() { while (try? receive()) != nil {} }

    private func receive() throws {
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { throw Gone() }
        ahead.withLock { $0 += bytes[..<count] }
    }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// `blocked` is called with the number of bytes that went, once the client has taken nothing for a while.
    func write(_ bytes: [UInt8], blocked: ((Int) -> Void)? = nil) throws {
        var sent = 0
        while sent < bytes.count {
            if let blocked {
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if Glibc.poll(&poll, 1, 300) == 0 { blocked(sent) }
            }
            let count = bytes.withUnsafeBytes { bytes in
                let flags = CInt(MSG_NOSIGNAL) | (blocked == nil ? 0 : CInt(MSG_DONTWAIT))
                return send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, flags)
            }
            if count < 0 && errno == EAGAIN { continue }
            guard count > 0 else { throw Gone() }
            sent += count
        }
    }

    /// Ends the connection with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        end()
    }

    /// From any thread: nothing goes in or out any more.
    func hangUp() { isOpen.withLock { if $0 { shutdown(descriptor, CInt(SHUT_RDWR)) } } }

    func end() {
        isOpen.withLock { isOpen in
            if isOpen { close(descriptor) }
            isOpen = false
        }
    }
}
