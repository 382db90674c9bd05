// A registryd that keeps its blobs in memory and nowhere else. Its configuration must say so:
//
//     storage: { active: main, backends: { main: { driver: memory } } }
import MemoryDriver
import RegistryCore
import RegistryServer

await RegistrydMain.run(drivers: [.memory])
