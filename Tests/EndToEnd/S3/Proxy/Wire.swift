import Glibc
import Synchronization

/// One end of a TCP connection, as the proxy sees it. One thread uses it; others may hang it up.
final class Wire: Sendable {
    /// A request or an answer, whole.
    struct Message: Sendable {
        /// Request line or status line.
        var start: String
        var fields: [(name: String, value: String)]
        var body: [UInt8] = []

        subscript(name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// Everything as it was, in its order.
        var head: [UInt8] {
            Array("\(start)\r\n\(fields.map { "\($0.name): \($0.value)\r\n" }.joined())\r\n".utf8)
        }

        var length: Int? { self["Content-Length"].flatMap { Int($0) } }
    }

    struct Ended: Error {}

    private let descriptor: CInt
    private let isOpen = Mutex(true)
    private let ahead = Mutex<[UInt8]>([])

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit { close() }

    /// Connects to loopback.
    static func connect(to port: UInt16) throws -> Wire {
        let wire = Wire(socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in.loopback(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(wire.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SystemError("the proxy cannot reach port \(port)") }
        return wire
    }

    // MARK: Reading

    /// The next message's head. Throws ``Ended`` when there is none.
    func head() throws -> Message {
        let end = Array("\r\n\r\n".utf8)
        while true {
            let head = ahead.withLock { ahead -> String? in
                guard let found = ahead.firstRange(of: end) else { return nil }
                defer { ahead.removeSubrange(..<found.upperBound) }
                return String(decoding: ahead[..<found.lowerBound], as: UTF8.self)
            }
            guard let head else {
                try receive()
                continue
            }
            let lines = head.split(separator: "\r\n").map(String.init)
            let fields = lines.dropFirst().map { line in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return (name: String(parts[0]), value: String((parts.dropFirst().first ?? "").drop { $0 == " " }))
            }
            return Message(start: lines.first ?? "", fields: fields)
        }
    }

    /// Exactly `count` bytes; the first `slowly.count` at that pace.
    func read(_ count: Int, slowly: Pace? = nil) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var wanted = count - bytes.count
            if let slowly, bytes.count < slowly.count {
                wanted = min(wanted, slowly.step)
                slowly.rest()
            }
            if ahead.withLock({ $0.isEmpty }) { try receive(upTo: max(wanted, 4096)) }
            ahead.withLock { ahead in
                let taken = min(wanted, ahead.count)
                bytes += ahead[..<taken]
                ahead.removeSubrange(..<taken)
            }
        }
        return bytes
    }

    /// A whole answer to a request with `method`.
    func answer(to method: String) throws -> Message {
        var answer = try head()
        while answer.start.contains(" 100 ") { answer = try head() }
        if method == "HEAD" || answer.start.contains(" 204 ") || answer.start.contains(" 304 ") { return answer }
        if let length = answer.length {
            answer.body = try read(length)
        } else if answer["Transfer-Encoding"]?.lowercased() == "chunked" {
            answer.body = try chunks()
            // What goes on from here is whole, and says its length.
            answer.fields.removeAll { $0.name.lowercased() == "transfer-encoding" }
            answer.fields.append(("Content-Length", "\(answer.body.count)"))
        } else {
            while (try? receive()) != nil {}
            answer.body = ahead.withLock { $0 }
            answer.fields.append(("Content-Length", "\(answer.body.count)"))
        }
        return answer
    }

    private func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            var line: [UInt8] = []
            while line.last != UInt8(ascii: "\n") { line += try read(1) }
            let digits = String(decoding: line, as: UTF8.self).prefix { $0.isHexDigit }
            guard let count = Int(digits, radix: 16) else { throw Ended() }
            body += try read(count)
            _ = try read(2)
            if count == 0 { return body }
        }
    }

    /// Until the other end goes, or the connection is hung up.
    func readToEnd() {
        while (try? receive()) != nil { ahead.withLock { $0 = [] } }
    }

    private func receive(upTo limit: Int = 256 << 10) throws {
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, limit, 0))
        }
        guard !bytes.isEmpty else { throw Ended() }
        ahead.withLock { $0 += bytes }
    }

    // MARK: Writing

    func write(_ bytes: some Collection<UInt8>, slowly: Pace? = nil) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            var wanted = bytes.count - sent
            if let slowly, sent < slowly.count {
                wanted = min(wanted, slowly.step)
                slowly.rest()
            }
            let count = bytes.withUnsafeBytes { buffer in
                send(descriptor, buffer.baseAddress.map { $0 + sent }, wanted, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Ended() }
            sent += count
        }
    }

    // MARK: Ending

    /// Ends the connection with a reset, once the other end has what was written: a reset takes back what waits.
    func reset() {
        var waiting: CInt = 0
        while ioctl(descriptor, UInt(TIOCOUTQ), &waiting) == 0, waiting > 0, isConnected { usleep(1000) }
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    private var isConnected: Bool {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) == 0
    }

    /// From any thread: nothing goes in or out any more.
    func hangUp() { isOpen.withLock { if $0 { shutdown(descriptor, CInt(SHUT_RDWR)) } } }

    func close() {
        isOpen.withLock { isOpen in
            if isOpen { Glibc.close(descriptor) }
            isOpen = false
        }
    }
}

/// So many bytes that go slowly.
struct Pace: Sendable {
    var bytesPerSecond: Int
    var count: Int

    /// Bytes at a time.
    var step: Int { max(1, bytesPerSecond / 10) }

    func rest() { usleep(100_000) }
}

extension sockaddr_in {
    /// 0: any port.
    static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
