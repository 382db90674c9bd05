import NIOCore
import RegistryCore

/// What an S3 server can and cannot do, tried out on names that nobody else has:
///
///     <prefix>doctor-4c2f0e7a-…/…
///
/// Servers differ in what they make of the same request, and none says so beforehand. All that is stored for it is removed
/// in the end, also when the task is cancelled in the middle.
struct S3Diagnosis: Sendable {
    let client: S3Client
    /// Where clients are sent, if they are.
    let redirect: S3Redirect?
    /// What the names of all that it stores begin with.
    let folder: String
    /// What may be there.
    private let traces = Traces()

    init(_ client: S3Client, redirect: S3Redirect? = nil) {
        self.redirect = redirect
        self.client = client.hurried()
        folder = "\(client.address.prefix)doctor-\(UploadID())/"
    }

    func findings() async -> [Finding] {
        var findings = await tryServer()
        let isThere = !findings.contains { $0.verdict == .failed }
        for probes in isThere ? [tryObjects, tryMultipart, tryListing] : [] {
            // What takes no object fails at everything else for the same reason.
            if Task.isCancelled || findings.contains(where: { $0.probe == "put" && $0.verdict == .failed }) { break }
            findings += await probes()
        }
        // A task of its own is not cancelled with this one.
        if let failure = await Task(operation: { await cleanUp() }).value { findings.append(failure) }
        return findings
    }

    /// An object's whole name. Whoever asks for it is about to store something there.
    func name(_ name: String) -> String {
        traces.note(folder + name)
        return folder + name
    }

    /// Begins a multipart upload.
    func begin(_ name: String) async throws -> String {
        traces.note(name, .uncertain)
        let (id, isOnlyOne) = try await client.createMultipart(name)
        traces.note(name, isOnlyOne ? .begun(id) : .begunAgain(id))
        return id
    }

    /// Runs a probe; what it throws is its failure.
    func probe(_ name: String, _ body: () async throws -> Finding) async -> Finding {
        do {
            return try await body()
        } catch {
            return failed(name, error)
        }
    }

    func failed(_ probe: String, _ error: any Error) -> Finding {
        if let error = error as? TransportError {
            let meaning = error.meaning
            let what = meaning.map { "\($0.what): \(error.message)" } ?? error.message
            return Finding(probe, .failed, what, advice: meaning?.advice, code: meaning?.code ?? .unavailable)
        }
        let code = StorageError(error).code
        guard let error = error as? S3Error, let meaning = error.meaning else {
            return Finding(probe, .failed, "\(error)", code: code)
        }
        return Finding(probe, .failed, "\(meaning.what): \(error)", advice: meaning.advice, code: code)
    }

    /// nil: nothing is left.
    private func cleanUp() async -> Finding? {
        var left: [String] = []
        for (name, uploads) in traces.all {
            do {
                switch uploads {
                case .none: break
                case .uncertain: try await client.abortUploads(of: name)
                case .begun(let id): try await client.abortMultipart(name, id)
                case .begunAgain(let id):
                    try await client.abortMultipart(name, id)
                    try await client.abortUploads(of: name)
                }
                try await client.delete(name)
            } catch {
                left.append(name)
            }
        }
        guard !left.isEmpty else { return nil }
        return Finding(
            "clean-up", .degraded, "could not remove what was stored for this: \(left.joined(separator: ", "))",
            advice: "remove what lies below \(folder)")
    }
}
