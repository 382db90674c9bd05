import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct PreconditionTests {
    private func put(
        _ number: Int,
        to reference: Reference,
        _ precondition: ManifestPrecondition,
        _ store: SQLiteStore
    ) async throws -> ManifestCommit {
        var tags: [RegistryCore.Tag] = []
        if case .tag(let tag) = reference { tags = [tag] }
        return try await store.putManifest(
            manifest(number), as: reference, tags: tags, in: name("app"), allowMissing: false,
            expecting: precondition, at: time(1))
    }

    @Test func `a tag is moved only from where it is expected to be`() async throws {
        try await withStore { store in
            let latest = Reference.tag(try tag("latest"))
            for wrong: ManifestPrecondition in [.exists, .isAnyOf([try digest(1)])] {
                #expect(try await put(1, to: latest, wrong, store) == .preconditionFailed(current: nil))
                #expect(try store.hasRepository(name("app")) == false)
            }
            #expect(try await put(1, to: latest, .absent, store) == .stored)
            for wrong: ManifestPrecondition in [
                .absent, .isAnyOf([]), .isAnyOf([try digest(2)]), .isNoneOf([try digest(2), try digest(1)]),
            ] {
                #expect(try await put(2, to: latest, wrong, store) == .preconditionFailed(current: digest(1)))
                #expect(try store.hasManifest(digest(2), in: name("app")) == false)
            }
            #expect(try store.manifest(latest, in: name("app"))?.digest == digest(1))
            #expect(try await put(2, to: latest, .isAnyOf([digest(3), digest(1)]), store) == .stored)
            #expect(try await put(3, to: latest, .isNoneOf([digest(1)]), store) == .stored)
            #expect(try await put(4, to: latest, .exists, store) == .stored)
            #expect(try store.manifest(latest, in: name("app"))?.digest == digest(4))
        }
    }

    @Test func `a digest names itself, where the repository has it`() async throws {
        try await withStore { store in
            let one = Reference.digest(try digest(1))
            #expect(try await put(1, to: one, .exists, store) == .preconditionFailed(current: nil))
            #expect(try await put(1, to: one, .isNoneOf([digest(1)]), store) == .stored)
            #expect(try await put(1, to: one, .absent, store) == .preconditionFailed(current: digest(1)))
            #expect(try await put(1, to: one, .isAnyOf([digest(1)]), store) == .stored)
        }
    }

    @Test func `what is not expected is said before what is missing`() async throws {
        try await withStore { store in
            let sparse = try manifest(1, [.init(.blob, try digest(10), required: true)])
            let commit = try await store.putManifest(
                sparse, as: .digest(sparse.digest), tags: [], in: name("app"), allowMissing: false,
                expecting: .exists, at: time(1))
            #expect(commit == .preconditionFailed(current: nil))
        }
    }

    @Test func `of many who create one tag, one does`() async throws {
        try await withStore { store in
            let latest = Reference.tag(try tag("latest"))
            let stored = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...16 {
                    group.addTask { try await put(number, to: latest, .absent, store) == .stored }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(stored == 1)
        }
    }
}
