import Logging
import NIOCore
import Testing

@testable import StorageS3

extension CurlTransport {
    static func make(_ change: (inout TransportConfiguration) -> Void = { _ in }) throws -> CurlTransport {
        var configuration = TransportConfiguration()
        configuration.threads = 1
        change(&configuration)
        return try CurlTransport(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The response's status and body.
    func fetch(_ request: TransportRequest) async throws -> (status: Int, body: [UInt8]) {
        let response = try await send(request)
        return (response.status, try await Array(response.body.collect(upTo: 1 << 30).readableBytesView))
    }

    /// What `send` and reading the body throw.
    func failure(of request: TransportRequest) async -> TransportError? {
        do {
            _ = try await send(request).body.collect(upTo: 1 << 30)
            return nil
        } catch {
            return error
        }
    }
}

extension [UInt8] {
    /// Bytes of which no two near each other are the same run.
    static func pattern(_ count: Int) -> [UInt8] {
        var state: UInt32 = 1
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            for index in 0..<count {
                state = state &* 1_664_525 &+ 1_013_904_223
                bytes[index] = UInt8(truncatingIfNeeded: state >> 24)
            }
            filled = count
        }
    }
}

func ok(_ body: String = "", _ headers: String...) -> String {
    "HTTP/1.1 200 OK\r\n" + headers.map { $0 + "\r\n" }.joined() + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
}

/// Turns of the executor until `condition` holds; the test's own time limit ends it otherwise.
func eventually(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}
