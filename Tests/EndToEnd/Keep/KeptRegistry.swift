import Foundation
import Glibc

/// A registry whose data folder may be lost, and whose blobs are elsewhere.
struct KeptRegistry: Sendable {
    let directory: TemporaryDirectory

    /// - Parameter configuration: the text of its file; nil: blobs in a folder beside the data folder.
    init(_ configuration: String? = nil) throws {
        directory = try TemporaryDirectory()
        let onDisk =
            "storage: { active: disk, backends: { disk: { driver: fs, root: \"\(directory("disk"))\" } } }\n"
        _ = try directory.write(configuration ?? onDisk, to: "registryd.yaml")
    }

    var data: String { directory("data") }
    var database: String { data + "/registry.db" }

    /// Starts a server on what there is.
    func serve(settings: [String] = [], listeners: Int = 1) throws -> Server {
        let text = String(decoding: try contents(of: directory("registryd.yaml")), as: UTF8.self)
        return try Server(settings: settings, listeners: listeners, configuration: text, directory: directory)
    }

    func uncheckedCommand(_ arguments: [String]) throws -> ProcessResult {
        let options = ["--config", directory("registryd.yaml"), "--data", data]
        return try runUnchecked(Server.built("registryd"), arguments + options)
    }

    @discardableResult
    func command(_ arguments: String...) throws -> String {
        let result = try uncheckedCommand(arguments)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        return result.line
    }

    /// The names of the snapshots in the folder backend, the oldest first.
    func snapshots() -> [String] { files(below: directory("disk/blobs/backups")) }
}

/// An image as it was pushed.
struct KeptImage: Sendable {
    var repository: String
    var tag: String
    var manifest: Manifest
}

extension Server {
    func pushImages(_ count: Int, to repository: String, from first: Int = 0) throws -> [KeptImage] {
        let client = Client(self)
        return try (first..<first + count).map { number in
            KeptImage(
                repository: repository, tag: "v\(number)",
                manifest: try client.pushImage(to: repository, as: "v\(number)"))
        }
    }

    /// Pulls all of each, and compares it.
    func check(_ images: [KeptImage]) throws {
        let client = Client(self)
        for image in images {
            let response = try client.get("/v2/\(image.repository)/manifests/\(image.tag)")
            guard response.status == 200, response.body == image.manifest.content else {
                throw UnexpectedResponse(
                    what: "\(image.repository):\(image.tag) is not what was pushed", response: response)
            }
            let document = try JSONDecoder().decode(ManifestDocument.self, from: Data(response.body))
            for blob in [document.config].compactMap(\.self) + (document.layers ?? []) {
                guard try client.pullBlob(blob.digest, from: image.repository) != nil else {
                    throw NeverHappened(description: "\(blob.digest) of \(image.repository):\(image.tag) is lost")
                }
            }
        }
    }
}
