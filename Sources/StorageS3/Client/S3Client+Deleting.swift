import Logging
import RegistryCore
import Synchronization

extension S3Client {
    /// Deletes objects; one that is not there counts as deleted. What could not be deleted is in the answer, with why.
    func delete(_ names: [String]) async -> [String: any Error] {
        var failures: [String: any Error] = [:]
        var rest = names[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(DeletionList.most))
            rest = rest.dropFirst(batch.count)
            failures.merge(await deleteBatch(batch)) { $1 }
        }
        return failures
    }

    /// Deletes one object.
    func delete(_ name: String) async throws {
        do {
            _ = try await headers(S3Call(operation: "DeleteObject", method: "DELETE", name: name))
        } catch let error as S3Error where error.isNoSuchKey {
            return
        }
    }

    private func deleteBatch(_ names: [String]) async -> [String: any Error] {
        guard names.count > 1, !lacksBatchDelete.load(ordering: .relaxed) else { return await deleteSingly(names) }
        do {
            let refused = try await deleteAtOnce(names)
            guard !refused.isEmpty else { return [:] }
            // Each gets its own error, or succeeds this time.
            return await deleteSingly(refused)
        } catch let error as S3Error where error.isBatchUnknown {
            logger.notice("this S3 server has no DeleteObjects; deleting one by one", metadata: ["error": "\(error)"])
            lacksBatchDelete.store(true, ordering: .relaxed)
            return await deleteSingly(names)
        } catch {
            return Dictionary(names.map { ($0, error) }) { $1 }
        }
    }

    /// One request. The names that were not deleted.
    private func deleteAtOnce(_ names: [String]) async throws -> [String] {
        var call = S3Call(operation: "DeleteObjects", method: "POST", query: ["delete": nil])
        let document = DeletionList(keys: names).body
        call.set(document: document)
        call.headers = [("content-type", "application/xml")]
        if let md5 = contentMD5(document) { call.headers.append(("content-md5", md5)) }
        let result: DeletionResult = try await answer(call)
        return result.refused.filter { $0.code != "NoSuchKey" }.map(\.key)
    }

    private func deleteSingly(_ names: [String]) async -> [String: any Error] {
        await withTaskGroup(of: (String, (any Error)?).self) { group in
            var rest = names[...]
            func next() -> String? { rest.popFirst() }
            func start(_ name: String) {
                group.addTask {
                    do {
                        try await self.delete(name)
                        return (name, nil)
                    } catch {
                        return (name, error)
                    }
                }
            }
            for _ in 0..<8 { if let name = next() { start(name) } }
            var failures: [String: any Error] = [:]
            for await (name, error) in group {
                failures[name] = error
                if let name = next() { start(name) }
            }
            return failures
        }
    }
}

extension S3Error {
    /// The server does not know DeleteObjects, or not as we say it.
    var isBatchUnknown: Bool {
        guard let status, transport == nil else { return false }
        return status == 501 || status == 405 || status == 404 && code != "NoSuchBucket" || status == 411
            || ["NotImplemented", "MethodNotAllowed", "MalformedXML", "MissingContentMD5"].contains(code)
    }
}
