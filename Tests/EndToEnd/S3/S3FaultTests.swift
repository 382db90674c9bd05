import Foundation
import Glibc
import S3Servers
import Testing

/// What networks and S3 servers do on bad days: the blob is right or the error is clear, nothing hangs, the push works
/// afterwards, and nothing stays behind.
struct S3FaultTests {
    @Test(arguments: FaultCase.pushes)
    func `a push through`(_ fault: FaultCase) async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        try await inTurn { try Bench(bucket, fault).push() }
    }

    @Test(arguments: FaultCase.pulls)
    func `a pull through`(_ fault: FaultCase) async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        try await inTurn { try Bench(bucket, fault).pull() }
    }

    @Test(arguments: [S3Operation.abortMultipartUpload, .deleteObjects, .listMultipartUploads])
    func `what cannot be removed while the server fails is removed later`(_ operation: S3Operation) async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        try await inTurn { try Bench(bucket, idle: "1s").expire(failing: operation) }
    }
}

/// Most of them wait for time limits: several at once, yet not so many that they wait for each other.
private let turns = DispatchSemaphore(value: 5)

private func inTurn(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await blocking {
        turns.wait()
        defer { turns.signal() }
        try body()
    }
}

/// registryd, its S3 server, and the proxy between them.
private struct Bench {
    let bucket: S3Bucket
    let proxy: FaultProxy
    let server: Server
    let fault: FaultCase?
    let repository = "fault/it"

    init(_ bucket: S3Bucket, _ fault: FaultCase? = nil, idle: String = "30m") throws {
        self.bucket = bucket
        self.fault = fault
        proxy = try FaultProxy(to: bucket.port)
        // Time limits are for faults that stay. Others need none, and a busy machine is not to look like one.
        let deadline = fault?.turns == .always ? "4s" : "60s"
        let configuration = bucket.configuration(
            endpoint: proxy.endpoint,
            ["connect-timeout": "2s", "stall-timeout": "2s", "request-timeout": deadline])
        server = try Server(settings: ["limits.upload-idle=\(idle)"], configuration: configuration)
    }

    private var content: [UInt8] { randomBytes(fault?.blob == .small ? 150_000 : 12_000_000) }

    func push() throws {
        guard let fault else { return }
        let push = ResumingPush(content, to: repository, chunks: fault.blob == .small ? [] : [7_000_000])
        var progress = ResumingPush.Progress()
        let client = Client(server)
        proxy.inject(fault.fault)
        let refused = try push.run(on: client, &progress)
        try check(refused, fault)
        if refused != nil {
            let response = try client.get("/v2/\(repository)/blobs/\(push.digest)")
            guard response.status == 404 else { throw UnexpectedResponse(what: "half a blob", response: response) }
            proxy.clear()
            if let refused = try push.run(on: client, &progress) {
                throw UnexpectedResponse(what: "the push does not work afterwards", response: refused)
            }
        }
        proxy.clear()
        guard try client.pullBlob(push.digest, from: repository) == push.content else {
            throw NeverHappened(description: "the blob is another one")
        }
        try checkLeftovers(objects: [push.content.count])
    }

    func pull() throws {
        guard let fault else { return }
        let content = content
        let client = Client(server)
        let digest = try client.pushBlob(content, to: repository)
        let path = "/v2/\(repository)/blobs/\(digest)"
        proxy.inject(fault.fault)
        do {
            let response = try client.get(path)
            try check(response.status == 200 ? nil : response, fault)
            if response.status == 200, response.body != content {
                throw NeverHappened(description: "the blob is another one")
            }
        } catch let error where error is ConnectionClosed || error is SystemError {
            // It broke off, which nobody takes for the blob.
            guard fault.outcome == .failure else { throw error }
        }
        guard proxy.applied > 0 else { throw NeverHappened(description: "the fault did not strike") }
        proxy.clear()
        guard try client.pullBlob(digest, from: repository) == content else {
            throw NeverHappened(description: "the blob is another one afterwards")
        }
        try checkLeftovers(objects: [content.count])
    }

    /// Sessions of every kind, left alone while the server does not do `operation`.
    func expire(failing operation: S3Operation) throws {
        let client = Client(server)
        proxy.inject(
            Fault(operation: operation, turns: 0..<Int.max, action: .answer(status: 500, code: "InternalError")))
        for size in [100, 6_000_000, 12_000_000] {
            let location = try client.startUpload(repository)
            _ = try client.append(randomBytes(size), to: location)
        }
        try eventually("that the fault strikes") { proxy.applied > 0 }
        proxy.clear()
        try checkLeftovers(objects: [])
    }

    private func check(_ refused: HTTPResponse?, _ fault: FaultCase) throws {
        guard proxy.applied > 0 else { throw NeverHappened(description: "the fault did not strike") }
        switch (fault.outcome, refused) {
        case (.unnoticed, nil): break
        case (.unavailable, let response?):
            let isClear = response.status == 503 && response["Retry-After"] != nil && !response.errors.isEmpty
            guard isClear else { throw UnexpectedResponse(what: "no clear error", response: response) }
        case (.failure, let response?):
            guard (500...504).contains(response.status), !response.errors.isEmpty else {
                throw UnexpectedResponse(what: "no clear error", response: response)
            }
        case (.unnoticed, let response?):
            throw UnexpectedResponse(what: "the client was to notice nothing; \(server.log)", response: response)
        case (_, nil): throw NeverHappened(description: "an error; the log:\n\(server.log)")
        }
    }

    /// The bucket holds these objects and nothing that was begun, and the spool is empty.
    private func checkLeftovers(objects sizes: [Int]) throws {
        var found = ""
        try eventually("that only \(sizes) are left; there is \(found)") {
            let (objects, uploads) = (try bucket.objects(), try bucket.uploads())
            let spool = files(below: server.data + "/spool")
            found = "\(objects) \(uploads) \(spool)\n\(server.log)"
            return objects.map(\.size).sorted() == sizes.sorted() && uploads.isEmpty && spool.isEmpty
        }
    }
}

/// Runs what waits for servers on a thread of its own. What fails there throws: an expectation would be nobody's.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result(catching: body)) }.start()
    }
}
