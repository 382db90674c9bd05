import Foundation

extension Server {
    /// Runs a statement on its database, beside it.
    func execute(_ sql: String) throws {
        let script = """
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1], timeout=60) as connection: connection.executescript(sys.argv[2])
            """
        try run("python3", "-c", script, data + "/registry.db", sql)
    }
}

/// SQL for a table `numbers` of 0 to `count` - 1, before an INSERT's SELECT.
func numbers(_ count: Int) -> String {
    "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count - 1))"
}

/// Passes plain connections on to a server over TLS, as HTTP/2.
final class HTTP2Tunnel {
    let port: UInt16
    private let process: ChildProcess

    init(to server: Server, trusting certificate: Certificate) throws {
        // By -host and -port, as socat takes a colon for the end of its own word. No script either: one that was just
        // written cannot be run while a child that somebody starts in that moment has it open still.
        let client =
            "openssl s_client -quiet -alpn h2 -host 127.0.0.1 -port \(server.port) -CAfile \(certificate.certificate)"
        let process = try ChildProcess(
            "socat", ["-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr,nodelay", "EXEC:\(client)"], group: true)
        var found: UInt16?
        try eventually("that socat listens") {
            let line = process.errors.text.split(separator: "\n").first { $0.contains("listening on") }
            found = line?.split(separator: ":").last.flatMap { UInt16($0.trimmingCharacters(in: .whitespaces)) }
            return found != nil
        }
        guard let found else { throw NeverHappened(description: process.errors.text) }
        port = found
        self.process = process
    }

    /// What became of the connections.
    var log: String { process.errors.text }
}

/// HTTP/2 frame by frame (RFC 9113), as no library would let one.
final class HTTP2Connection {
    struct Frame {
        var type: UInt8
        var flags: UInt8 = 0
        var stream: UInt32 = 0
        var payload: [UInt8] = []

        var bytes: [UInt8] {
            var bytes = Array(Self.bigEndian(UInt32(payload.count)).dropFirst())
            bytes.append(type)
            bytes.append(flags)
            bytes += Self.bigEndian(stream)
            bytes += payload
            return bytes
        }

        private static func bigEndian(_ number: UInt32) -> [UInt8] {
            let shifts: [UInt32] = [24, 16, 8, 0]
            return shifts.map { UInt8(truncatingIfNeeded: number >> $0) }
        }

        /// Of a GOAWAY: why.
        var errorCode: UInt32? {
            guard type == 7, payload.count >= 8 else { return nil }
            return payload[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
        }

        static func request(_ path: String, on stream: UInt32, ends: Bool = true) -> Frame {
            // RFC 7541: GET and https out of the static table, then literals with names out of it.
            var block: [UInt8] = [0x82, 0x87, 0x04, UInt8(path.utf8.count)]
            block += Array(path.utf8)
            block += [0x01, 9] as [UInt8]
            block += Array("localhost".utf8)
            return Frame(type: 1, flags: ends ? 5 : 4, stream: stream, payload: block)
        }

        static func reset(_ stream: UInt32) -> Frame { Frame(type: 3, stream: stream, payload: [0, 0, 0, 8]) }
    }

    private let connection: HTTPConnection

    init(_ tunnel: HTTP2Tunnel) throws {
        connection = try HTTPConnection(port: tunnel.port)
        try connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        try send([Frame(type: 4)])
    }

    func send(_ frames: [Frame]) throws { try connection.send(frames.flatMap(\.bytes)) }

    /// nil: the connection is closed.
    func next() throws -> Frame? {
        do {
            let head = try connection.read(9)
            let stream = head[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            return Frame(type: head[3], flags: head[4], stream: stream, payload: try connection.read(length))
        } catch is ConnectionClosed {
            return nil
        } catch let error as SystemError where error.code == ECONNRESET {
            return nil
        }
    }

    /// Reads on until the server gives the connection up: why, if it says so; nil: it just closes it.
    func goodbye() throws -> UInt32? {
        var reason: UInt32?
        while let frame = try next() { reason = frame.errorCode ?? reason }
        return reason
    }

    /// Whether a request is answered with 200, which is `:status` 8 of the static table.
    func isServed(_ path: String, on stream: UInt32 = 1) throws -> Bool {
        try send([.request(path, on: stream)])
        while let frame = try next() {
            if frame.type == 1, frame.stream == stream { return frame.payload.first == 0x88 }
        }
        return false
    }
}
