import Foundation
import RegistryCore
import StorageFS
import Testing

struct RootTests {
    private let disk: Disk

    init() throws { disk = try Disk() }

    private func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `is made with all folders above it`() throws {
        _ = try FileStorage(root: disk.root + "/a/b/", logger: .quiet)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: disk.root + "/a/b").sorted() == [
                "blobs", "registryd-storage", "uploads",
            ])
    }

    @Test func `keeps its identity`() throws {
        _ = try disk.open()
        let marker = try String(contentsOfFile: disk.root + "/registryd-storage", encoding: .utf8)
        #expect(marker.wholeMatch(of: /registryd file storage, layout 1\ninstallation [0-9a-f-]{36}\n/) != nil)
        _ = try disk.open()
        #expect(try String(contentsOfFile: disk.root + "/registryd-storage", encoding: .utf8) == marker)
    }

    @Test func `is refused when it holds other things`() throws {
        try write("mine", to: disk.root + "/thesis.tex")
        let error = #expect(throws: StorageError.self) { try disk.open() }
        #expect(error?.message.contains("thesis.tex") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.root) == ["thesis.tex"])
    }

    @Test(arguments: ["lost+found/x", "registryd-storage.draft"])
    func `is taken when it holds only`(_ harmless: String) throws {
        try write("", to: "\(disk.root)/\(harmless)")
        _ = try disk.open()
    }

    @Test(arguments: [
        "", "something else", "registryd file storage, layout 2\ninstallation x\n",
        "registryd file storage, layout 1\n", "registryd file storage, layout 1\ninstallation x\n",
    ])
    func `is refused with a marker that reads`(_ marker: String) throws {
        try write(marker, to: disk.root + "/registryd-storage")
        #expect(throws: StorageError.self) { try disk.open() }
    }

    @Test func `is refused when it is a file`() throws {
        try write("", to: disk.root)
        #expect(throws: StorageError.self) { try disk.open() }
    }

    @Test func `is for its owner only`() async throws {
        let storage = try disk.open()
        let object = try await storage.push(bytes(10))
        let id = UploadID()
        let upload = try await storage.upload(UploadPlan(id: id))
        try await upload.append(bytes(10))
        _ = try await upload.checkpoint()
        for folder in ["", "/uploads", "/blobs", "/blobs/sha256", "/blobs/sha256/9f"] {
            #expect(try mode(disk.root + folder) == 0o700, "\(folder)")
        }
        for file in [disk.root + "/registryd-storage", disk.uploadFile(id), disk.objectFile(object.key)] {
            #expect(try mode(file) == 0o600, "\(file)")
        }
    }

    @Test func `of the driver is its section's, or in the data folder`() async throws {
        let json = JSONDecoder()
        for (section, root) in [("{}", disk.folder.path + "/blobs"), (#"{"root": "\#(disk.root)"}"#, disk.root)] {
            let decoder = try json.decode(Passed.self, from: Data(section.utf8)).decoder
            let context = StorageDriverContext(
                backend: "disk", section: decoder, dataDirectory: disk.folder.path, logger: .quiet)
            let storage = try await StorageDriver.fs.make(context)
            #expect((storage as? FileStorage)?.root == root)
        }
    }

    private struct Passed: Decodable {
        let decoder: any Decoder
        init(from decoder: any Decoder) { self.decoder = decoder }
    }
}
