import Foundation
import NIOCore
import RegistryCore
import Synchronization
import Testing

@testable import StorageS3

@Suite(.timeLimit(.minutes(2)))
struct TransportUploadTests {
    private let content = [UInt8].pattern(5_000_003)

    /// What a server gets, that takes one request.
    private func upload(_ body: TransportRequest.Body) async throws -> [UInt8] {
        let arrived = Mutex<[UInt8]>([])
        let server = try RawServer { peer, _ in
            let body = try peer.request().body
            arrived.withLock { $0 = body }
            try peer.write(ok())
            peer.readToEnd()
        }
        let status = try await CurlTransport.make().fetch(TransportRequest("PUT", server.url + "/", body: body)).status
        #expect(status == 200)
        return arrived.withLock { $0 }
    }

    /// `content` in pieces of odd lengths.
    private var pieces: [ByteBuffer] {
        stride(from: 0, to: content.count, by: 70_001).map { start in
            ByteBuffer(bytes: content[start..<min(content.count, start + 70_001)])
        }
    }

    @Test func `buffers`() async throws {
        #expect(try await upload(.buffers(pieces)) == content)
    }

    @Test func `a slice of a file, whose owner is let go of afterwards`() async throws {
        weak var owner: TemporaryFile?
        do {
            let file = try TemporaryFile(content)
            owner = file
            let body = TransportRequest.Body.file(
                descriptor: file.descriptor, offset: 1000, length: 4_000_000, owner: file)
            #expect(try await upload(body) == Array(content[1000..<4_001_000]))
        }
        await eventually { owner == nil }
    }

    @Test func `a file that is shorter than said`() async throws {
        let file = try TemporaryFile(content)
        let body = TransportRequest.Body.file(descriptor: file.descriptor, offset: 5_000_000, length: 4, owner: file)
        #expect(await failure(body)?.code == .bodyFailed)
    }

    private func failure(_ body: TransportRequest.Body) async -> TransportError? {
        do {
            let server = try RawServer { peer, _ in peer.readToEnd() }
            return await (try CurlTransport.make()).failure(of: TransportRequest("PUT", server.url + "/", body: body))
        } catch {
            return nil
        }
    }

    @Test func `a stream`() async throws {
        let source = Source(pieces)
        let stream = AsyncThrowingStream<ByteBuffer, any Error> { await source.next() }
        #expect(try await upload(.stream(stream, length: Int64(content.count))) == content)
    }

    @Test func `a stream is pulled only as fast as it is sent`() async throws {
        let taken = Flag()
        let server = try RawServer { peer, _ in
            _ = try peer.head()
            taken.block()
            _ = try peer.read(64 << 20)
            try peer.write(ok())
            peer.readToEnd()
        }
        let stream = Counted(count: 64, size: 1 << 20)
        let request = TransportRequest(
            "PUT", server.url + "/", body: .stream(stream, length: 64 << 20), stallTimeout: nil)
        let transport = try CurlTransport.make()
        let answer = Task { try await transport.fetch(request).status }
        // The socket takes what its buffers hold, and then nothing.
        await stream.pulled.settle()
        #expect(stream.pulled.count < 32)
        taken.raise()
        #expect(try await answer.value == 200)
        #expect(stream.pulled.count == 64)
    }

    @Test func `what a stream throws is the cause`() async throws {
        struct Broken: Error {}
        let stream = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(ByteBuffer(string: "abc"))
            continuation.finish(throwing: Broken())
        }
        let error = await failure(.stream(stream, length: 10))
        #expect(error?.code == .bodyFailed)
        #expect(error?.cause is Broken)
    }

    @Test func `a stream that ends too early`() async throws {
        let stream = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
            continuation.yield(ByteBuffer(string: "abc"))
            continuation.finish()
        }
        #expect(await failure(.stream(stream, length: 10))?.code == .bodyFailed)
    }

    @Test func `a refusal that comes before the end is an answer`() async throws {
        let server = try RawServer { peer, _ in
            _ = try peer.head()
            try peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ndenied")
            peer.readToEnd()
        }
        let stream = AsyncThrowingStream<ByteBuffer, any Error> { $0.yield(ByteBuffer(string: "abc")) }
        let bodies: [TransportRequest.Body] = [
            .buffers(Array(repeating: ByteBuffer(bytes: content), count: 20)), .stream(stream, length: 1 << 30),
        ]
        for body in bodies {
            let answer = try await CurlTransport.make().fetch(TransportRequest("PUT", server.url + "/", body: body))
            #expect(answer.status == 403)
            #expect(answer.body == Array("denied".utf8))
        }
    }
}
