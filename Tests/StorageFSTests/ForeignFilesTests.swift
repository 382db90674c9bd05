import Foundation
import RegistryCore
import Testing

@testable import StorageFS

/// What another registry has in the same folder.
struct ForeignFilesTests {
    private static let registry = "/docker/registry/v2"
    private let disk: Disk
    private let storage: FileStorage

    init() throws {
        disk = try Disk()
        try disk.write("first", to: Self.registry + "/repositories/a/_layers/sha256/x/link")
        storage = try disk.open()
    }

    private func objects(below path: String) async throws -> [StoredObject] {
        var objects: [StoredObject] = []
        for try await object in storage.foreignObjects(below: ObjectKey(path)) { objects.append(object) }
        return objects.sorted { $0.key < $1.key }
    }

    private func keys(below path: String) async throws -> [String] {
        try await objects(below: path).map(\.key.description)
    }

    @Test func `are listed at any depth, with their sizes and by their paths from the root`() async throws {
        let names = [
            "/_manifests/ä b/link", "/blobs/sha256/ab/data", "/empty", "/repositories/a/_layers/sha256/x/link",
        ]
        for (size, name) in names.enumerated() {
            try disk.write(String(repeating: "x", count: size), to: Self.registry + name)
        }
        try disk.makeFolder(Self.registry + "/repositories/nothing/_uploads")
        try disk.write("not below it", to: "/docker/registry/v2-other")
        _ = try await storage.push(bytes(10))
        let expected = names.enumerated().map { size, name in
            StoredObject(key: ObjectKey(Self.registry + name), size: Int64(size))
        }
        #expect(try await objects(below: Self.registry) == expected)
    }

    @Test func `of which there are thousands are listed once each, whether in one folder or in many`() async throws {
        var expected = [Self.registry + "/repositories/a/_layers/sha256/x/link"]
        for index in 0..<2500 { expected.append("\(Self.registry)/blobs/\(index)") }
        for index in 0..<1200 { expected.append("\(Self.registry)/folders/\(index)/data") }
        for path in expected.dropFirst() { try disk.write("", to: path) }
        let listed = try await keys(below: "/docker")
        #expect(listed.count == expected.count)
        #expect(Set(listed) == Set(expected))
        #expect(!openFiles().contains { $0.hasPrefix(disk.root) })
    }

    @Test func `below the root are all but our own and the system's`() async throws {
        _ = try await storage.push(bytes(10))
        let upload = try await storage.upload(UploadPlan(id: UploadID()))
        try await upload.append(bytes(10))
        _ = try await upload.checkpoint()
        for path in ["/lost+found/1", "/registryd-storage.draft", "/other", "/docker/blobs/x"] {
            try disk.write("", to: path)
        }
        let link = Self.registry + "/repositories/a/_layers/sha256/x/link"
        #expect(try await keys(below: "/") == ["/docker/blobs/x", link, "/other"])
    }

    @Test func `that symbolic links lead to are not there`() async throws {
        try disk.write("elsewhere", to: "/other/secret")
        for (name, target) in [("folder", "/other"), ("file", "/other/secret"), ("loop", "/docker")] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(disk.root)/docker/\(name)", withDestinationPath: disk.root + target)
        }
        #expect(try await keys(below: "/docker") == [Self.registry + "/repositories/a/_layers/sha256/x/link"])
        #expect(await code { _ = try await keys(below: "/docker/folder") } == .misconfigured)
    }

    @Test func `below a folder that is not there are none, and below a file it is an error`() async throws {
        #expect(try await keys(below: "/docker/registry/v3") == [])
        try disk.write("", to: "/docker/file")
        #expect(await code { _ = try await keys(below: "/docker/file") } == .misconfigured)
    }

    @Test(arguments: [
        "", "docker", "/..", "/docker/../..", "/./docker", "//docker", "/docker/", "/docker//registry", "/dock\0er",
        "/blobs", "/blobs/sha256", "/uploads", "/registryd-storage",
    ])
    func `are not listed below a path that leads elsewhere, or to our own:`(path: String) async throws {
        #expect(await code { _ = try await keys(below: path) } == .failed)
    }

    /// A folder that becomes something else: root, as which tests may run, can look into every folder that is one.
    @Test func `in a folder that cannot be listed any more are an error that names it`() async throws {
        let folder = disk.root + Self.registry + "/repositories"
        // As many names as are read at once: when the first one is handed out, folders are known and not opened.
        for index in 1..<ForeignFiles.stride { try disk.write("", to: "\(Self.registry)/\(index)") }
        var walk = storage.foreignObjects(below: ObjectKey(Self.registry)).makeAsyncIterator()
        _ = try await walk.next()
        try FileManager.default.removeItem(atPath: folder)
        try disk.write("", to: Self.registry + "/repositories")
        let error = await #expect(throws: StorageError.self) { while try await walk.next() != nil {} }
        #expect(error?.message.contains(folder) == true)
    }

    @Test func `of a root that is not there any more are no empty list`() async throws {
        try FileManager.default.removeItem(atPath: disk.root)
        #expect(await code { _ = try await keys(below: "/docker") } == .unavailable)
    }

    @Test(arguments: ["/_manifests/link", "/two words/ä/x+y", "/-/.hidden", "/a.b/..c"])
    func `are read, checked by size and deleted like any other`(path: String) async throws {
        let text = "another registry's"
        try disk.write(text, to: "/docker" + path)
        let object = StoredObject(key: ObjectKey("/docker" + path), size: Int64(text.utf8.count))
        switch try await storage.read(object, 0..<object.size) {
        case .file(let file):
            let (offset, length) = (file.offset, file.length)
            #expect(offset == 0 && length == object.size)
            #expect(openFiles().contains(disk.root + object.key.description))
        case .stream: Issue.record("a stream")
        case .bytes: Issue.record("bytes")
        }
        let wrong = StoredObject(key: object.key, size: object.size + 1)
        #expect(await code { _ = try await storage.read(wrong, 0..<1) } == .objectDamaged)

        try disk.write("", to: "/docker" + path + ".neighbour")
        let own = try await storage.push(bytes(10))
        #expect(await storage.delete([object.key]).isEmpty)
        #expect(await storage.delete([object.key]).isEmpty)
        #expect(await code { _ = try await storage.read(object, 0..<1) } == .objectMissing)
        let left = try await keys(below: "/docker")
        #expect(left.contains("/docker" + path + ".neighbour") && left.count == 2)
        #expect(try await storage.allKeys() == [own.key])
    }

    @Test func `leave their folder as it was when the last of them is deleted`() async throws {
        let folder = "/docker/registry/v2/repositories/a/_layers/sha256/x"
        #expect(await storage.delete([ObjectKey(folder + "/link")]).isEmpty)
        #expect(await storage.delete([ObjectKey(folder)]).count == 1)
        #expect(FileManager.default.fileExists(atPath: disk.root + folder))
    }
}
