import NIOCore
import RegistryCore

extension RegistrySettings {
    static var openToAll: RegistrySettings {
        var settings = RegistrySettings()
        settings.access.anonymous = .push
        return settings
    }
}

// The tests do what everybody may do where everybody may do everything.
extension Registry {
    private func leave(_ operation: RegistryCore.Operation, _ name: RepositoryName) async throws -> Authorization {
        try await authorize(Caller(user: nil, address: "test"), operation, in: name)
    }

    func push(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>, in name: RepositoryName, as digest: Digest
    ) async throws {
        try await push(body, as: digest, leave(.startUpload, name))
    }

    func startUpload(in name: RepositoryName) async throws -> UploadSession {
        try await startUpload(leave(.startUpload, name))
    }

    func append(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>, to id: UploadID, in name: RepositoryName
    ) async throws -> UploadSession {
        try await append(body, to: id, leave(.continueUpload, name))
    }

    func finish(
        _ body: UploadBody<some AsyncSequence<ByteBuffer, any Error>>, to id: UploadID, in name: RepositoryName,
        as digest: Digest
    ) async throws {
        try await finish(body, to: id, as: digest, leave(.continueUpload, name))
    }

    func upload(_ id: UploadID, in name: RepositoryName) async throws -> UploadSession {
        try await upload(id, leave(.uploadStatus, name))
    }

    func blob(_ digest: Digest, in name: RepositoryName) async throws -> BlobRecord {
        try await blob(digest, leave(.pullBlob, name))
    }
}
