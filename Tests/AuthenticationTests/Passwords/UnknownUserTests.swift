import RegistryCore
import Testing

@testable import Authentication

struct UnknownUserTests {
    private let world = PasswordWorld()

    @Test func `costs a hash, and is not let in by the decoy's password`() async throws {
        let verifier = world.verifier()
        for count in 1...3 {
            #expect(try await !verifier.isValid("decoy", of: alice, hash: nil, from: "a"))
            #expect(verifier.hashes == count)
        }
    }

    @Test func `a hash of a scheme that we do not take is none`() async throws {
        let verifier = world.verifier()
        for hash in ["", "decoy", "$1$saltstri$qpRTCxcbkhRJ6ScCvBr8A0"] {
            #expect(try await !verifier.isValid("decoy", of: alice, hash: hash, from: "a"))
        }
        #expect(verifier.hashes == 3)
    }

    @Test func `waits as a known one does`() async throws {
        let known = world.verifier()
        for number in 0..<10 { _ = try await known.isValid("\(number)", of: alice, hash: rightHash, from: "a") }
        let other = PasswordWorld()
        let unknown = other.verifier()
        for number in 0..<10 { _ = try await unknown.isValid("\(number)", of: alice, hash: nil, from: "a") }
        #expect(other.delays == world.delays)
        #expect(other.delays.count == 7)
        #expect(unknown.hashes == known.hashes)
    }

    @Test func `has always the same decoy, one of all that there are`() throws {
        let others = (0..<3).map { "$2y$04$\($0)" }
        let verifier = world.verifier(decoys: { others })
        let names = (0..<200).map { userName("user\($0)") }
        let decoys = try names.map { try verifier.decoy(for: $0) }
        #expect(Set(decoys) == Set(others + [decoyHash]))
        #expect(try names.map { try verifier.decoy(for: $0) } == decoys)
    }

    @Test func `without an htpasswd file has the one decoy`() throws {
        let verifier = world.verifier()
        for number in 0..<20 { #expect(try verifier.decoy(for: userName("user\(number)")) == decoyHash) }
    }
}
