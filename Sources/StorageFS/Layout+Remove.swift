import RegistryCore

extension Layout {
    /// Deletes a file. False: it was not there.
    func remove(_ path: String) throws(StorageError) -> Bool {
        do {
            try Syscall.unlink(path)
            return true
        } catch .missing {
            try checkRoot()
            return false
        } catch {
            throw .unlink(path, error)
        }
    }

    /// Throws unless the root is there. A disk that is not mounted has none of our files, yet nothing on it was deleted.
    func checkRoot() throws(StorageError) {
        do { _ = try Syscall.lstat(marker) } catch { throw .rootLost(root, error) }
    }
}
