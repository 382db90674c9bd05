import Foundation
import Glibc
import Synchronization

/// A proxy in front of an S3 server that does to requests what networks and servers do on bad days. It changes nothing
/// in what it passes on: registryd signs the proxy's address as Host, and the server checks what it is sent.
///
/// A thread a connection, so that nothing of the test's own waits for it.
final class FaultProxy: Sendable {
    private struct State {
        var fault: Fault?
        var seen = 0
        var applied = 0
        var requests: [String] = []
        var wires: [ObjectIdentifier: Wire] = [:]
    }
    private let state = Mutex(State())
    private let listener: Listener
    private let server: UInt16

    /// `server`: the port of the real one.
    init(to server: UInt16) throws {
        self.server = server
        listener = try Listener()
        let thread = Thread { [weak self, listener] in
            while let connection = listener.accept() {
                guard let self else {
                    close(connection)
                    break
                }
                start(Wire(connection))
            }
        }
        thread.start()
    }

    deinit {
        listener.end()
        for wire in state.withLock({ $0.wires.values }) { wire.hangUp() }
    }

    var endpoint: String { "http://127.0.0.1:\(listener.port)" }

    /// How often the fault has struck.
    var applied: Int { state.withLock { $0.applied } }

    /// The requests since this was asked for last, as `GET /bucket/key`.
    func takeRequests() -> [String] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    func inject(_ fault: Fault) {
        state.withLock { state in
            state.fault = fault
            state.seen = 0
            state.applied = 0
        }
        if fault.operation == nil, case .refuse(let time) = fault.action { refuse(milliseconds: time) }
    }

    /// All is well again. What hangs is hung up.
    func clear() {
        let wires = state.withLock { state in
            state.fault = nil
            return Array(state.wires.values)
        }
        for wire in wires { wire.hangUp() }
        listener.goOn()
    }

    private func refuse(milliseconds: Int?) {
        listener.stop()
        let wires = state.withLock { state in
            state.applied += 1
            return Array(state.wires.values)
        }
        for wire in wires { wire.hangUp() }
        guard let milliseconds else { return }
        Thread { [listener] in
            usleep(UInt32(milliseconds) * 1000)
            listener.goOn()
        }.start()
    }

    // MARK: Connections

    private func start(_ client: Wire) {
        state.withLock { $0.wires[ObjectIdentifier(client)] = client }
        let thread = Thread { [weak self] in
            // Requests until somebody ends the connection; the proxy itself may go in between.
            while let isOver = try? self?.serveOne(client), !isOver {}
            client.close()
            self?.state.withLock { _ = $0.wires.removeValue(forKey: ObjectIdentifier(client)) }
        }
        thread.stackSize = 512 << 10
        thread.start()
    }

    private func action(for request: Wire.Message) -> Fault.Action? {
        let words = request.start.split(separator: " ")
        guard words.count == 3 else { return nil }
        return state.withLock { state in
            state.requests.append("\(words[0]) \(words[1])")
            guard let fault = state.fault,
                fault.operation == nil || fault.operation == S3Operation(String(words[0]), String(words[1]))
            else { return nil }
            defer { state.seen += 1 }
            guard fault.turns.contains(state.seen) else { return nil }
            state.applied += 1
            return fault.action
        }
    }

    /// True: the connection is over.
    private func serveOne(_ client: Wire) throws -> Bool {
        var request = try client.head()
        let method = String(request.start.prefix { $0 != " " })
        let action = action(for: request)
        let length = request.length ?? 0

        var pace: Pace?
        switch action {
        case .refuse(let milliseconds):
            refuse(milliseconds: milliseconds)
            client.reset()
            return true
        case .hang:
            client.readToEnd()
            return true
        case .resetInRequest(let count):
            let server = try Wire.connect(to: server)
            try server.write(request.head)
            try server.write(try client.read(min(count, length)))
            client.reset()
            server.reset()
            return true
        case .slow(let rate, let count): pace = Pace(bytesPerSecond: rate, count: count)
        default: break
        }
        request.body = try client.read(length, slowly: pace)
        if case .answer(let status, let code, let retryAfter) = action {
            try client.write(Self.refusal(status, code, retryAfter, hasBody: method != "HEAD"))
            return false
        }
        var answer = try ask(request, method)
        switch action {
        case .loseAnswer:
            client.reset()
            return true
        case .resetInHead:
            try client.write(answer.head.prefix(20))
            client.reset()
            return true
        case .resetInBody(let count):
            try client.write(answer.head)
            try client.write(answer.body.prefix(count))
            client.reset()
            return true
        case .wrongLength(let difference):
            answer.setLength((answer.length ?? answer.body.count) + difference)
            try client.write(answer.head + answer.body)
            return true
        case .stripETag: answer.fields.removeAll { $0.name.lowercased() == "etag" }
        case .truncate:
            answer.body = Array(answer.body.prefix(answer.body.count / 2))
            answer.setLength(answer.body.count)
        default: break
        }
        try client.write(answer.head)
        try client.write(answer.body, slowly: pace)
        return answer["Connection"]?.lowercased() == "close"
    }

    /// On a connection of its own: an old one may have ended meanwhile.
    private func ask(_ request: Wire.Message, _ method: String) throws -> Wire.Message {
        let server = try Wire.connect(to: server)
        // The server may have answered, and closed, before it had all of the body.
        try? server.write(request.head + request.body)
        return try server.answer(to: method)
    }

    private static func refusal(_ status: Int, _ code: String, _ retryAfter: Int?, hasBody: Bool) -> [UInt8] {
        let body =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>\(code)</Code><Message>as the test says</Message>"
            + "</Error>"
        let after = retryAfter.map { "Retry-After: \($0)\r\n" } ?? ""
        let head =
            "HTTP/1.1 \(status) As-Told\r\nContent-Type: application/xml\r\nContent-Length: \(body.utf8.count)\r\n"
        return Array("\(head)\(after)\r\n\(hasBody ? body : "")".utf8)
    }
}

extension Wire.Message {
    fileprivate mutating func setLength(_ length: Int) {
        fields.removeAll { $0.name.lowercased() == "content-length" }
        fields.append(("Content-Length", "\(length)"))
    }
}
