import Foundation
import RegistryCore
import StorageFS
import Testing

struct RootTests {
    private let disk: Disk

    init() throws { disk = try Disk() }

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
        try disk.write("mine", to: "/thesis.tex")
        let error = #expect(throws: StorageError.self) { try disk.open() }
        #expect(error?.message.contains("thesis.tex") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.root) == ["thesis.tex"])
    }

    @Test(arguments: ["lost+found/x", "registryd-storage.draft"])
    func `is taken when it holds only`(_ harmless: String) throws {
        try disk.write("", to: "/\(harmless)")
        _ = try disk.open()
    }

    @Test func `is taken beside another registry's files, which stay as they are`() async throws {
        let files = ["docker/registry/v2/blobs/sha256/ab/data", "docker/registry/v2/repositories/a/link"]
        for file in files { try disk.write(file, to: "/" + file) }
        let storage = try disk.open()
        let object = try await storage.push(bytes(10))
        #expect(try disk.files() == (["blobs/\(object.key)"] + files).sorted())
        for file in files { #expect(try String(contentsOfFile: disk.root + "/" + file, encoding: .utf8) == file) }
        try await disk.open().ready()
    }

    @Test(arguments: [
        (["/docker/compose.yml"], "holds docker)", false), (["/docker/registry/v2"], "holds docker)", false),
        (["/docker/registry/v2/blobs/x", "/thesis.tex"], "holds thesis.tex)", true),
    ])
    func `is refused when beside that, or instead, it holds`(
        _ files: [String],
        _ words: String,
        _ isHint: Bool
    ) throws {
        for file in files { try disk.write("", to: file) }
        let error = #expect(throws: StorageError.self) { try disk.open() }
        #expect(error?.code == .misconfigured)
        #expect(error?.message.contains(words) == true)
        #expect(error?.message.contains("registryd adopt") == isHint)
    }

    @Test func `is refused when it is the inside of another registry's storage, which says where to begin`() throws {
        try disk.write("", to: "/docker/registry/v2/repositories/a/link")
        let error = #expect(throws: StorageError.self) {
            try FileStorage(root: disk.root + "/docker/registry/v2", logger: .quiet)
        }
        #expect(error?.message.contains("the folder that docker is in") == true)
    }

    @Test(arguments: [
        "", "something else", "registryd file storage, layout 2\ninstallation x\n",
        "registryd file storage, layout 1\n", "registryd file storage, layout 1\ninstallation x\n",
    ])
    func `is refused with a marker that reads`(_ marker: String) throws {
        try disk.write(marker, to: "/registryd-storage")
        #expect(throws: StorageError.self) { try disk.open() }
    }

    @Test func `is refused when it is a file`() throws {
        try disk.write("", to: "")
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
