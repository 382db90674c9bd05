import Foundation
import Testing

/// A registry on two disks, and what may happen to them.
final class ScrubbedRegistry: Sendable {
    let server: Server
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        let sections = ["disk", "spare"].map { [directory] in
            "    \($0): { driver: fs, root: \"\(directory("root-\($0)"))\" }\n"
        }
        server = try Server(
            settings: ["http.admin-listen=127.0.0.1:0"], listeners: 2,
            configuration: "storage:\n  active: disk\n  backends:\n\(sections.joined())", directory: directory)
    }

    var client: Client { Client(server) }
    private var admin: Client { Client(port: server.ports[1]) }

    // MARK: The command

    private func arguments(_ command: [String]) -> [String] {
        command + ["--config", directory("registryd.yaml"), "--data", server.data]
    }

    func scrub(_ options: String...) throws -> ProcessResult {
        try runUnchecked(Server.built("registryd"), arguments(["scrub"] + options))
    }

    func startScrub(_ options: String...) throws -> ChildProcess {
        try ChildProcess(Server.built("registryd"), arguments(["scrub"] + options))
    }

    /// Gives the spare disk a copy of everything.
    func copyToSpare() throws {
        let result = try runUnchecked(
            Server.built("registryd"), arguments(["migrate", "--from", "disk", "--to", "spare"]))
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
    }

    // MARK: What the server says

    func readiness() throws -> String {
        let response = try admin.get("/readyz")
        expect(response, 200)
        return response.text
    }

    func metric(_ sample: String) throws -> Double? {
        let line = try admin.get("/metrics").text.split(separator: "\n").first { $0.hasPrefix("\(sample) ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    // MARK: What happens to the disks

    enum Damage: String, CaseIterable, Sendable {
        case flipped, cut, deleted
    }

    func file(of digest: String, on backend: String = "disk") throws -> String {
        let root = directory("root-\(backend)/blobs")
        let hex = digest.dropFirst("sha256:".count)
        let names = files(below: root).filter { $0.contains(hex) }
        guard let name = names.first, names.count == 1 else {
            throw NeverHappened(description: "no one file of \(digest) on \(backend): \(names)")
        }
        return "\(root)/\(name)"
    }

    func damage(_ digest: String, _ damage: Damage, on backend: String = "disk") throws {
        let file = try file(of: digest, on: backend)
        var bytes = try contents(of: file)
        switch damage {
        case .flipped: bytes[bytes.count / 2] ^= 1
        case .cut: bytes.removeLast()
        case .deleted:
            try FileManager.default.removeItem(atPath: file)
            return
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(bytes))
    }
}
