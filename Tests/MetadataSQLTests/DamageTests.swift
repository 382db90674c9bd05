import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct DamageTests {
    @Test func `a row that we did not write is an error that says where, and the rest is served`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.put(manifest(1), "good", "bad", in: app)
            try await store.write("damaging") { try $0.run("UPDATE tags SET name = '?' WHERE name = 'bad'") }
            let error = #expect(throws: MetadataError.self) { try store.tags(in: app, after: nil, limit: 9) }
            #expect(error?.code == .failed)
            #expect(error.map { "\($0)" } == "listing tags in \(store.path) failed (no tag: \"?\")")
            #expect(try store.manifest(.tag(tag("good")), in: app) != nil)
            #expect(try store.tags(in: app, after: "a", limit: 9) == [tag("good")])
        }
    }
}
