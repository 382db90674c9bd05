import RegistryCore
import Synchronization
import Testing

@testable import StorageS3

@Suite struct `The credential chain` {
    private func chain(_ world: World) -> CredentialChain {
        CredentialChain.usual(region: "r", world.surroundings, logger: quiet)
    }

    /// A world whose container service hands out keys named 1, 2, … that live for `lifetime` seconds.
    private func renewing(lifetime: Int64 = 3600) -> World {
        let world = World(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"])
        world.serve { [weak world] _ in
            guard let world else { return answer(500) }
            let end = isoTime(world.now.adding(seconds: lifetime))
            let number = world.requests.count
            return answer(200, #"{"AccessKeyId":"\#(number)","SecretAccessKey":"s","Expiration":"\#(end)"}"#)
        }
        return world
    }

    /// Waits for a renewal in the background.
    private func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { await Task.yield() }
    }

    @Test func `takes the first that applies`() async throws {
        let world = World(
            [
                "AWS_ACCESS_KEY_ID": "env", "AWS_SECRET_ACCESS_KEY": "s", "HOME": "/h",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x",
            ],
            files: ["/h/.aws/credentials": "[default]\naws_access_key_id = file\naws_secret_access_key = s\n"])
        #expect(try await chain(world).credentials().accessKeyID == "env")
        #expect(world.requests.isEmpty)
    }

    @Test func `does not fall back from what is configured and does not work`() async {
        let world = World(["AWS_ACCESS_KEY_ID": "env", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"])
        let error = await #expect(throws: CredentialError.self) { try await chain(world).credentials() }
        #expect(error?.message.hasPrefix("credentials from the environment: ") == true)
        #expect(world.requests.isEmpty)
    }

    @Test func `says everything it tried`() async {
        let error = await #expect(throws: CredentialError.self) { try await chain(World(["HOME": "/h"])).credentials() }
        #expect(error?.code == .missing)
        for part in [
            "access-key-id", "AWS_ACCESS_KEY_ID", "/h/.aws/credentials", "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI", "169.254.169.254",
        ] {
            #expect(error?.message.contains(part) == true, "\(part)")
        }
    }

    @Test func `keeps what it found`() async throws {
        let world = renewing()
        let chain = chain(world)
        for _ in 0..<100 { #expect(try await chain.credentials().accessKeyID == "1") }
        world.pass(3600 - 301)
        #expect(try await chain.credentials().accessKeyID == "1")
        #expect(world.requests.count == 1)
    }

    @Test func `renews five minutes before the end without making anyone wait`() async throws {
        let world = renewing()
        let chain = chain(world)
        _ = try await chain.credentials()
        world.pass(3600 - 299)
        #expect(try await chain.credentials().accessKeyID == "1")
        try await until { try await chain.credentials().accessKeyID == "2" }
        #expect(world.requests.count == 2)
    }

    @Test func `asks once for everybody`() async throws {
        let world = renewing()
        let gate = Gate()
        let fetched = Mutex(0)
        world.serve { _ in
            await gate.wait()
            fetched.withLock { $0 += 1 }
            return answer(200, #"{"AccessKeyId":"a","SecretAccessKey":"s"}"#)
        }
        let chain = chain(world)
        let all = try await withThrowingTaskGroup(of: Credentials.self) { group in
            for _ in 0..<50 { group.addTask { try await chain.credentials() } }
            try await until { !world.requests.isEmpty }
            await gate.open()
            return try await group.reduce(into: Set<Credentials>()) { $0.insert($1) }
        }
        #expect(all.count == 1)
        #expect(fetched.withLock { $0 } == 1)
    }

    @Test func `goes on with what still works while renewal fails, and does not flood the service`() async throws {
        let world = renewing()
        let chain = chain(world)
        _ = try await chain.credentials()
        world.serve { _ in answer(403, "no") }
        world.pass(3600 - 200)
        #expect(try await chain.credentials().accessKeyID == "1")
        try await until { world.requests.count == 2 }
        for _ in 0..<100 {
            #expect(try await chain.credentials().accessKeyID == "1")
            await Task.yield()
        }
        #expect(world.requests.count == 2)
        // Patience over, it tries again.
        world.pass(31)
        try await until {
            let current = try await chain.credentials()
            #expect(current.accessKeyID == "1")
            return world.requests.count == 3
        }
    }

    @Test func `fails once nothing works any more, and recovers`() async throws {
        let world = renewing()
        let chain = chain(world)
        _ = try await chain.credentials()
        world.serve { _ in answer(403, "no") }
        world.pass(3601)
        for _ in 0..<10 {
            await #expect(throws: CredentialError.self) { try await chain.credentials() }
        }
        #expect(world.requests.count == 2)
        world.pass(2)
        world.serve { _ in answer(200, #"{"AccessKeyId":"new","SecretAccessKey":"s"}"#) }
        #expect(try await chain.credentials().accessKeyID == "new")
    }

    @Test func `does not take credentials that have expired`() async throws {
        let world = renewing(lifetime: -10)
        let error = await #expect(throws: CredentialError.self) { try await chain(world).credentials() }
        #expect(error?.code == .unavailable)
    }

    @Test func `does not ask for short-lived ones at every request`() async throws {
        let world = renewing(lifetime: 120)
        let chain = chain(world)
        for _ in 0..<100 { _ = try await chain.credentials() }
        #expect(world.requests.count == 1)
        world.pass(61)
        try await until { try await chain.credentials().accessKeyID == "2" }
    }

    @Test func `looks again when a server refuses them, but not at once`() async throws {
        let world = World(["HOME": "/h"])
        world.write("/h/.aws/credentials", "[default]\naws_access_key_id = old\naws_secret_access_key = s\n")
        let chain = chain(world)
        let old = try await chain.credentials()
        world.write("/h/.aws/credentials", "[default]\naws_access_key_id = new\naws_secret_access_key = s\n")
        chain.refused(old)
        #expect(try await chain.credentials().accessKeyID == "old")
        world.pass(11)
        chain.refused(Credentials(accessKeyID: "somebody else's", secretAccessKey: "s"))
        #expect(try await chain.credentials().accessKeyID == "old")
        chain.refused(old)
        #expect(try await chain.credentials().accessKeyID == "new")
    }

    @Test func `outlives a request that is cancelled while it waits`() async throws {
        let world = renewing()
        let gate = Gate()
        world.serve { _ in
            await gate.wait()
            try Task.checkCancellation()
            return answer(200, #"{"AccessKeyId":"a","SecretAccessKey":"s"}"#)
        }
        let chain = chain(world)
        let request = Task { try await chain.credentials() }
        try await until { !world.requests.isEmpty }
        request.cancel()
        await gate.open()
        #expect(try await chain.credentials().accessKeyID == "a")
    }
}

/// Holds everyone until it is opened.
private actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func wait() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
