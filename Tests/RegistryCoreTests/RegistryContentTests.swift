import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// Where a blob's bytes come from when they are, or were, in several places.
@Suite struct RegistryContentTests {
    @Test(arguments: [StorageError.Code.objectMissing, .unavailable, .slowDown])
    func `another backend gives what the active one does not`(_ code: StorageError.Code) async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            try await fixture.push("abc")
            try await fixture.copy("abc", to: other, "other")
            let registry = fixture.registry(["memory": fixture.storage, "other": other], active: "other")
            let blob = try await registry.blob(digest(of: "abc"), in: fixture.app)
            #expect(try await text(blob, from: registry) == "abc")
            #expect(other.state.withLock { $0.reads } == 1)
            #expect(fixture.storage.state.withLock { $0.reads } == 0)

            // Another process, as this one knows by now what the blob is.
            let another = fixture.registry(["memory": fixture.storage, "other": other], active: "other")
            other.state.withLock { $0.readError = code }
            #expect(try await text(blob, from: another) == "abc")
            #expect(fixture.storage.state.withLock { $0.reads } == 1)
        }
    }

    @Test func `what is wrong with one backend's object is not hidden by another's`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            try await fixture.push("abc")
            try await fixture.copy("abc", to: other, "other")
            other.state.withLock { $0.readError = .failed }
            let registry = fixture.registry(["memory": fixture.storage, "other": other], active: "other")
            let blob = try await registry.blob(digest(of: "abc"), in: fixture.app)
            let error = await #expect(throws: StorageError.self) { _ = try await text(blob, from: registry) }
            #expect(error?.code == .failed)
            #expect(fixture.storage.state.withLock { $0.reads } == 0)
        }
    }

    @Test func `the first backend's error counts when none gives it, and each is asked once`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            try await fixture.push("abc")
            try await fixture.copy("abc", to: other, "other")
            let registry = fixture.registry(["memory": fixture.storage, "other": other], active: "other")
            let blob = try await registry.blob(digest(of: "abc"), in: fixture.app)
            // Nobody looks a second time, which would count, too.
            #expect(registry.damages.begin(blob.digest))
            fixture.storage.state.withLock { $0.readError = .unavailable }
            other.state.withLock { $0.readError = .objectMissing }
            let damaged = await #expect(throws: RegistryError.self) { _ = try await text(blob, from: registry) }
            #expect(damaged?.code == .failed)
            #expect(damaged?.message.contains("is damaged: backend other lost its bytes") == true)
            #expect(fixture.storage.state.withLock { $0.reads } == 1)
            #expect(other.state.withLock { $0.reads } == 1)

            other.state.withLock { $0.readError = .slowDown }
            fixture.storage.state.withLock { $0.readError = .objectMissing }
            let error = await #expect(throws: StorageError.self) { _ = try await text(blob, from: registry) }
            #expect(error?.code == .slowDown)
        }
    }

    @Test func `a blob that has moved since its row was read is found`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            let registry = fixture.registry(["memory": fixture.storage, "other": other], active: "other")
            try await fixture.push("abc")
            let blob = try await registry.blob(digest(of: "abc"), in: fixture.app)
            try await fixture.copy("abc", to: other, "other")
            try await fixture.forget("abc", on: "memory", keeping: "other")
            await registry.removeDueObjects()
            #expect(try await fixture.storage.keys() == [])
            #expect(try await text(blob, from: registry) == "abc")
        }
    }

    @Test func `a backend that the configuration does not have is passed over`() async throws {
        try await Fixture.with { fixture in
            let other = SpyStorage()
            try await fixture.push("abc")
            let object = try await fixture.copy("abc", to: other, "other")
            let blob = try await fixture.registry.blob(digest(of: "abc"), in: fixture.app)
            let registry = fixture.registry(["other": other], active: "other")
            // By its name it comes first.
            #expect(blob.locations.map(\.backend) == ["memory", "other"])
            #expect(try await text(blob, from: registry) == "abc")
            #expect(try await registry.url(of: blob)?.text == "https://storage.example/\(object.key)")

            let none = fixture.registry(["third": other], active: "third")
            #expect(try await none.url(of: blob) == nil)
            let error = await #expect(throws: RegistryError.self) { _ = try await text(blob, from: none) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("memory, other") == true)
        }
    }
}
