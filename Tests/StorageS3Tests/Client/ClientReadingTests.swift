import NIOCore
import RegistryCore
import Testing

@testable import StorageS3

struct ClientReadingTests {
    typealias Reply = ScriptedTransport.Reply

    private func read(_ scripted: ScriptedClient, _ range: Range<Int64>, of size: Int64 = 10) async throws -> String {
        var all = ""
        for try await buffer in try await scripted.client.read("key", range, of: size) { all += String(buffer: buffer) }
        return all
    }

    @Test(arguments: [206, 200])
    func `takes a range under either status if it is said to be the one`(_ status: Int) async throws {
        let scripted = try ScriptedClient(
            Reply(status: status, headers: ["Content-Range": "bytes 2-4/10"], body: "cde"))
        #expect(try await read(scripted, 2..<5) == "cde")
        #expect(scripted.transport.requests.first?.headers["range"] == "bytes=2-4")
    }

    @Test(arguments: [
        Reply(status: 200, body: "abcdefghij"),
        Reply(status: 206, headers: ["Content-Range": "bytes 0-4/10"], body: "abcde"),
        Reply(status: 206, headers: ["Content-Range": "bytes 2-4/11"], body: "cde"), Reply(status: 206, body: "cde"),
        Reply(status: 206, headers: ["Content-Range": "nonsense"], body: "cde"),
    ])
    func `refuses anything else for a range`(_ reply: Reply) async throws {
        let scripted = try ScriptedClient(reply)
        await #expect(throws: S3Error.self) { try await read(scripted, 2..<5) }
    }

    @Test func `refuses an object of another size`() async throws {
        let scripted = try ScriptedClient(
            .ok("abc", ["Content-Length": "3"]),
            Reply(status: 206, headers: ["Content-Range": "bytes 2-4/11"], body: "cde"))
        for range in [0..<10, 2..<5] as [Range<Int64>] {
            let error = await #expect(throws: S3Error.self) { try await read(scripted, range) }
            #expect(error.map { StorageError($0).code } == .objectDamaged)
        }
    }

    @Test func `goes on at the byte where the transfer was dropped`() async throws {
        let scripted = try ScriptedClient(
            Reply(headers: ["Content-Length": "10"], body: "abc", drops: true),
            Reply(status: 206, headers: ["Content-Range": "bytes 3-9/10"], body: "def", drops: true),
            Reply(status: 206, headers: ["Content-Range": "bytes 6-9/10"], body: "ghij")
        )
        #expect(try await read(scripted, 0..<10) == "abcdefghij")
        #expect(scripted.transport.requests.map { $0.headers["range"] } == [nil, "bytes=3-9", "bytes=6-9"])
    }

    @Test func `goes on after a transfer that only looks complete`() async throws {
        let scripted = try ScriptedClient(
            .ok("abc"), Reply(status: 206, headers: ["Content-Range": "bytes 3-9/10"], body: "defghij"))
        #expect(try await read(scripted, 0..<10) == "abcdefghij")
    }

    @Test func `gives up on a server that drops every transfer`() async throws {
        let drop = Reply(headers: ["Content-Range": "bytes 0-9/10"], drops: true)
        let scripted = try ScriptedClient(drop, drop, drop, drop, drop, drop, drop, drop, drop)
        let error = await #expect(throws: StorageError.self) { try await read(scripted, 0..<10) }
        #expect(error?.code == .unavailable)
        #expect(!scripted.transport.isDone)
    }

    @Test func `an answer has its time, and a reader all he wants`() async throws {
        let scripted = try ScriptedClient(
            .refused(503, "SlowDown", ["Retry-After": "7"]), Reply(headers: ["Content-Length": "3"], body: "abc"))
        #expect(try await read(scripted, 0..<3, of: 3) == "abc")
        #expect(scripted.transport.requests.map(\.deadline) == [.seconds(30), .seconds(23)])
        #expect(scripted.transport.requests.map(\.deadlineEndsWithHead) == [true, true])
    }

    @Test func `refuses more bytes than it asked for`() async throws {
        let scripted = try ScriptedClient(
            Reply(status: 206, headers: ["Content-Range": "bytes 0-4/10"], body: "abcdefghij"))
        await #expect(throws: StorageError.self) { try await read(scripted, 0..<5) }
    }

    @Test func `deletes one by one where there is no batch delete`() async throws {
        let scripted = try ScriptedClient(.refused(501, "NotImplemented"), Reply(status: 204), Reply(status: 404))
        let failures = await scripted.client.delete(["a", "b"])
        #expect(failures.isEmpty)
        #expect(scripted.transport.methods == ["POST", "DELETE", "DELETE"])
        #expect(scripted.transport.requests.first?.headers["content-md5"]?.isEmpty == false)
    }
}
