import Glibc
import S3Servers
import Testing

/// kill -9 in the middle of pushes to S3.
@Suite(.serialized)
struct S3CrashTests {
    private static let rounds = 10
    private static let pushesAtOnce = 10
    /// Kills a round.
    private static let crashes = 3

    @Test func `a hundred pushes go on after kill -9 at random points, and leave nothing behind`() async throws {
        let bucket = S3Bucket(try await StorageServer.ceph.value)
        let sizes = try await blocking {
            // Long enough for a restart.
            let server = try Server(settings: ["limits.upload-idle=15s"], configuration: bucket.configuration())
            var sizes: [Int] = []
            for _ in 0..<Self.rounds { sizes += try Self.round(server) }
            // By then whatever a lost answer left has expired.
            try Self.checkLeftovers(bucket, server, sizes)
            return sizes
        }
        #expect(sizes.count == Self.rounds * Self.pushesAtOnce)
    }

    /// Pushes blobs of every kind while the server is killed again and again: their sizes.
    private static func round(_ server: Server) throws -> [Int] {
        let pushes = (0..<pushesAtOnce).map { index in
            let size = [40_000, 700_000, 6_000_000, 11_000_000, 17_000_000][index % 5] + Int.random(in: 0..<50_000)
            return ResumingPush(randomBytes(size), to: "crash/r\(index % 3)", chunks: chunks(index, size))
        }
        let sent = Counter()
        let total = pushes.reduce(0) { $0 + $1.content.count }
        let clients = pushes.map { push in Background { try run(push, server, sent) } }
        for _ in 0..<crashes {
            let goal = sent.value + Int.random(in: 0..<total / crashes)
            try eventually("that bytes are on their way", within: .seconds(240)) {
                sent.value >= goal || clients.allSatisfy { $0.isDone }
            }
            try server.crashAndRestart()
        }
        for client in clients { try client.join() }

        let client = Client(server)
        for push in pushes where try client.pullBlob(push.digest, from: push.repository) != push.content {
            throw NeverHappened(description: "\(push.digest), which was answered 201, is not what was pushed")
        }
        return pushes.map(\.content.count)
    }

    /// Streamed, in the last request only, in chunks of all sizes.
    private static func chunks(_ index: Int, _ size: Int) -> [Int] {
        switch index % 4 {
        case 0: []
        case 1: [size]
        case 2: [size / 3, size / 5, 1000]
        default: (0..<5).map { _ in Int.random(in: 100_000..<8_000_000) }
        }
    }

    private static func run(_ push: ResumingPush, _ server: Server, _ sent: Counter) throws {
        var progress = ResumingPush.Progress()
        while true {
            // 0 while there is none.
            let port = server.port
            do {
                let refused = try push.run(on: Client(port: port), &progress) { sent.add($0) }
                guard let refused else { return }
                throw UnexpectedResponse(what: "a push does not go on; \(server.log.suffix(5000))", response: refused)
            } catch let error as SystemError where error.code == ECONNREFUSED || port == 0 {
                try eventually("that there is a server again") { server.port != 0 && server.port != port }
            } catch let error where error is ConnectionClosed || error is SystemError {
                // Killed, and perhaps running again already.
                continue
            }
        }
    }

    private static func checkLeftovers(_ bucket: S3Bucket, _ server: Server, _ sizes: [Int]) throws {
        var found = ""
        try eventually("that every object and multipart upload has a row; there is \(found)", within: .seconds(120)) {
            let (objects, uploads) = (try bucket.objects(), try bucket.uploads())
            let spool = files(below: server.data + "/spool")
            found = "\(objects.count) objects, \(uploads), \(spool)"
            return objects.map(\.size).sorted() == sizes.sorted() && uploads.isEmpty && spool.isEmpty
        }
    }
}
