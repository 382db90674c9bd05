import Foundation
import NIOCore
import RegistryCore
import Testing

@testable import StorageFS

struct LeftoverTests {
    private let disk: Disk
    private let storage: FileStorage
    private let plan = UploadPlan(id: UploadID(), digest: anyDigest)

    init() throws {
        disk = try Disk()
        storage = try disk.open()
    }

    @Test(arguments: [0, 10, 3_000_000])
    func `an aborted upload leaves no file`(size: Int) async throws {
        let upload = try await storage.upload(plan)
        try await upload.append(bytes(size))
        try await upload.abort()
        #expect(try disk.files() == [])
        #expect(!openFiles().contains { $0.hasPrefix(disk.root) })
    }

    @Test func `an upload that is dropped leaves its file, and no descriptor`() async throws {
        let checkpoint = try await {
            let upload = try await storage.upload(plan)
            try await upload.append(bytes(1000))
            let checkpoint = try await upload.checkpoint()
            try await upload.append(bytes(900_000))
            return checkpoint
        }()
        // The write that was under way may hold it a moment longer.
        await until { !openFiles().contains { $0.hasPrefix(disk.root) } }
        #expect(storage.live.count == 0)
        #expect(try disk.files() == ["uploads/\(plan.id)"])
        let upload = try await storage.resume(plan, from: checkpoint)
        #expect(try await upload.commit(as: anyDigest).size == 1000)
        #expect(!openFiles().contains { $0.hasPrefix(disk.root) })
    }

    @Test func `small bytes touch no disk before they must`() async throws {
        let upload = try await storage.upload(plan)
        for _ in 0..<1000 { try await upload.append(bytes(100)) }
        #expect(try disk.files() == [])
        _ = try await upload.checkpoint()
        #expect(try disk.files() == ["uploads/\(plan.id)"])
    }

    @Test func `a content closes its file`() async throws {
        let object = try await storage.push(bytes(10))
        switch try await storage.read(object, 2..<5) {
        case .file(let file):
            let (offset, length) = (file.offset, file.length)
            #expect(offset == 2 && length == 3)
            #expect(openFiles().contains(disk.objectFile(object.key)))
        case .stream: Issue.record("a stream")
        case .bytes: Issue.record("bytes")
        }
        #expect(!openFiles().contains(disk.objectFile(object.key)))
    }

    @Test func `an earlier request that lingers cannot harm a later one`() async throws {
        let first = try await storage.upload(plan)
        try await first.append(bytes(1000))
        let checkpoint = try await first.checkpoint()
        try await first.append(bytes(500_000, 1))

        let second = try await storage.resume(plan, from: checkpoint)
        try await second.append(bytes(24, 2))
        #expect(await code { try await first.append(bytes(2 << 20, 1)) } == .unavailable)
        #expect(await code { _ = try await first.commit(as: anyDigest) } == .unavailable)
        try await first.abort()

        let object = try await second.commit(as: anyDigest)
        let content = try Data(contentsOf: URL(fileURLWithPath: disk.objectFile(object.key)))
        #expect(content == Data(repeating: 7, count: 1000) + Data(repeating: 2, count: 24))
    }

    @Test func `an upload that is over takes nothing`() async throws {
        let upload = try await storage.upload(plan)
        try await upload.append(bytes(10))
        let object = try await upload.commit(as: anyDigest)
        #expect(await code { try await upload.append(bytes(1)) } == .failed)
        #expect(await code { _ = try await upload.commit(as: anyDigest) } == .failed)
        try await upload.abort()
        #expect(try await storage.allKeys() == [object.key])
    }

    @Test func `what others put among the objects is not listed`() async throws {
        let object = try await storage.push(bytes(10))
        let folder = disk.root + "/blobs/sha256/9f"
        for stranger in [
            "README", anyDigest.hex, "\(anyDigest.hex).x", "x.\(UploadID())",
            "\(Digest(.sha256, hexByte: "aa").hex).\(UploadID())", ".\(anyDigest.hex).\(UploadID())",
        ] {
            try Data().write(to: URL(fileURLWithPath: "\(folder)/\(stranger)"))
        }
        for stranger in ["md5/9f", "sha256/9f/\(anyDigest.hex).\(UploadID())", "sha256/999", "sha512"] {
            try FileManager.default.createDirectory(
                atPath: "\(disk.root)/blobs/\(stranger)", withIntermediateDirectories: true)
        }
        try Data().write(to: URL(fileURLWithPath: "\(disk.root)/blobs/sha256/9e"))
        #expect(try await storage.allKeys() == [object.key])
    }

    @Test(arguments: [
        "../registryd-storage", "a//b", "", "a/", "./a", "a/../b", "a/.b", "a b", "a\0b",
        "/", "/../registryd-storage", "//etc/passwd", "/a/../../b", "/./a", "/a/", "/a/..", "/a\0b",
    ])
    func `a key cannot lead out of the storage:`(text: String) async throws {
        let key = ObjectKey(text)
        #expect(await code { _ = try await storage.read(StoredObject(key: key, size: 0), 0..<0) } == .failed)
        #expect(await storage.delete([key])[key] != nil)
        try await storage.ready()
    }

    @Test(arguments: ["/registryd-storage", "/uploads/x", "/blobs/sha256/x", "/blobs/\u{301}x"])
    func `a foreign key cannot lead to what is ours:`(text: String) async throws {
        let key = ObjectKey(text)
        #expect(await code { _ = try await storage.read(StoredObject(key: key, size: 0), 0..<0) } == .failed)
        #expect(await storage.delete([key])[key] != nil)
        try await storage.ready()
    }
}
