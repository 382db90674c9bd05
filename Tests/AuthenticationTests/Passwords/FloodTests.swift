import RegistryCore
import Testing

@testable import Authentication

/// One address tries the names of many users.
struct FloodTests {
    private typealias Outcome = Result<Bool, RegistryError>
    private typealias Group = ThrowingTaskGroup<Outcome, any Error>
    private let world = PasswordWorld()

    /// 200 names from one address: all but 32 are refused.
    private func flood(_ verifier: PasswordVerifier, in group: inout Group) async throws {
        for number in 0..<200 {
            let user = userName("user\(number)")
            group.addTask {
                try await outcome { try await verifier.isValid("guess", of: user, hash: nil, from: "flood") }
            }
        }
        for _ in 0..<168 {
            let refusal = try #require(try await group.next())
            let error = #expect(throws: RegistryError.self) { try refusal.get() }
            #expect(error?.code == .tooManyRequests)
        }
    }

    @Test func `holds up others by one hash`() async throws {
        let threads = HashingThreads(count: 1)
        let verifier = world.verifier(threads: threads)
        let (first, last) = (Gate(), Gate())
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            first.put(false, before: threads, of: "first", in: &group)
            await first.reached()
            try await flood(verifier, in: &group)
            await eventually { threads.waiting == 32 }
            async let answer = verifier.isValid("right", of: alice, hash: rightHash, from: "elsewhere")
            await eventually { threads.waiting == 33 }
            last.put(false, before: threads, of: "last", in: &group)
            await eventually { threads.waiting == 34 }

            first.open()
            // The thread had one of the flood's hashes to compute before.
            #expect(try await answer)
            await last.reached()
            #expect(threads.waiting == 31)
            last.open()
            for try await outcome in group { #expect(try !outcome.get()) }
        }
        #expect(verifier.hashes == 33)
    }

    @Test func `refuses nothing to other addresses`() async throws {
        let threads = HashingThreads(count: 1)
        let verifier = world.verifier(threads: threads)
        let gate = Gate()
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            gate.put(false, before: threads, of: "gate", in: &group)
            await gate.reached()
            try await flood(verifier, in: &group)
            try await withThrowingTaskGroup(of: Bool.self) { others in
                for number in 0..<32 {
                    let user = userName("user\(number)")
                    others.addTask {
                        try await verifier.isValid("right", of: user, hash: rightHash, from: "elsewhere")
                    }
                }
                await eventually { threads.waiting == 64 }
                gate.open()
                for try await answer in others { #expect(answer) }
            }
            for try await outcome in group { #expect(try !outcome.get()) }
        }
    }

    @Test func `has no place for the 33rd until a delay is over`() async throws {
        let verifier = world.verifier()
        for _ in 0..<3 { try await verifier.recordFailure(from: "flood") }
        world.hold()
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            try await flood(verifier, in: &group)
            await eventually { world.held == 32 }
            for password in ["right", "wrong"] {
                let error = await #expect(throws: RegistryError.self) {
                    try await verifier.isValid(password, of: alice, hash: rightHash, from: "flood")
                }
                #expect(error?.code == .tooManyRequests)
            }
            #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "elsewhere"))
            // What was found right a moment ago is no attempt.
            #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "flood"))
            world.release()
            for try await outcome in group { #expect(try !outcome.get()) }
        }
        #expect(world.delays.filter { $0 == .seconds(5) }.count == 27)
        #expect(try await verifier.isValid("right", of: bob, hash: rightHash, from: "flood"))
    }
}
