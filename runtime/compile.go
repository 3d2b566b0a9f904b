package runtime

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/cpu"

	"github.com/ecmabox/ecmabox/abi"
)

// compiler compiles modules: each once for as long as anybody uses it, one at a
// time, in a process of its own if there is one to be had, and with what was kept
// before if there is a cache.
type compiler struct {
	files *engineFiles     // nil: the engine works in memory alone
	cache *compileCache    // may be nil
	child *compilerProcess // nil: in this process

	turn    chan struct{} // holds a token while a module is compiled
	closing chan struct{} // closed with the compiler
	once    sync.Once     // closes it

	mu   sync.Mutex
	live map[string]*liveModule // by key
}

// liveModule is a compiled module that connectors use.
type liveModule struct {
	wazero.CompiledModule
	users int
}

// starting is held while an engine starts: wazero 1.12 notes its own version in a
// global then, without a lock.
var starting sync.Mutex

// engineSettings are those of wazero, here and in the process that compiles: core
// features are those of WebAssembly 2.0, without threads, tail calls, exceptions or
// second memory. files may be nil.
func engineSettings(interruption Interruption, files *engineFiles) wazero.RuntimeConfig {
	settings := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2).
		WithCloseOnContextDone(interruption == CloseOnContext).
		WithDebugInfoEnabled(false)
	if files != nil {
		settings = settings.WithCompilationCache(files.engine)
	}
	return settings
}

func newCompiler(config Config, cache *compileCache) (*compiler, error) {
	if _, child := os.LookupEnv(childVariable); child {
		return nil, errors.New("this process was started to compile one module: call runtime.CompileChild first in main")
	}
	c := &compiler{cache: cache, child: newCompilerProcess(config), turn: make(chan struct{}, 1), closing: make(chan struct{}), live: make(map[string]*liveModule)}
	var err error
	if c.cache != nil || c.child != nil {
		c.files, err = openEngineFiles()
	}
	return c, err
}

// stop ends a compilation that is under way, if that can be done, or waits for it
// until ctx ends, and reports whether it is over. None begins any more.
func (c *compiler) stop(ctx context.Context) bool {
	c.once.Do(func() { close(c.closing) })
	select {
	case c.turn <- struct{}{}:
		<-c.turn
		return true
	case <-ctx.Done():
		return c.stopped()
	}
}

// stopped reports whether nothing is compiled any more, and never will be. Everybody
// who had the turn asks it when he has given it back: at least one is told so.
func (c *compiler) stopped() bool {
	select {
	case <-c.closing:
	default:
		return false
	}
	select {
	case c.turn <- struct{}{}:
		<-c.turn
		return true
	default:
		return false
	}
}

// close frees the files of a compiler that was stopped.
func (c *compiler) close(ctx context.Context) error {
	if c.files == nil {
		return nil
	}
	return c.files.close(ctx)
}

// testedEngine is the engine's version in go.mod. The engine's files bear its
// version, but Go tells a test binary none, and the engine calls itself "dev".
const testedEngine = "v1.12.0"

// key names what compiling a module makes. The module is the one that the engine
// gets: its bytes follow from the original, the rewriter, its weights, the depth, the
// mode of interruption and what the snapshot takes out, so that all of these are in
// it, and two originals that are rewritten to the same bytes have the same code.
func (c *compiler) key(module []byte) string {
	h := sha256.New()
	folder := ""
	if c.files != nil {
		folder = filepath.Base(c.files.dir) // the engine's version, the architecture and the system
	}
	fmt.Fprintf(h, "%s\n%s\n%v\n%+v\n%+v\n", folder, testedEngine, api.CoreFeaturesV2, cpu.X86, cpu.ARM64)
	h.Write(module)
	return hex.EncodeToString(h.Sum(nil))
}

// compile returns a compiled module, to be given back with release. The error is an
// *abi.Error, or says in the engine's words what is wrong with the module. ctx
// bounds the wait for others and the process that compiles; compiling in this
// process cannot be stopped.
func (c *compiler) compile(ctx context.Context, engine wazero.Runtime, module []byte) (wazero.CompiledModule, error) {
	key := c.key(module)
	if m := c.share(key); m != nil {
		return m, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, stopped(opLoad, ctx.Err(), "another module was still being compiled")
	case <-c.closing:
		return nil, closedError(opLoad)
	}
	select {
	case <-c.closing: // both were ready
		return nil, closedError(opLoad)
	default:
	}
	if m := c.share(key); m != nil {
		return m, nil
	}
	m, err := c.make(ctx, engine, key, module)
	if err != nil {
		return nil, err
	}
	describe(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live[key] = &liveModule{m, 1}
	return m, nil
}

const opLoad = "runtime: load"

// share returns a module that is in use already, or nil.
func (c *compiler) share(key string) wazero.CompiledModule {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.live[key]
	if m == nil {
		return nil
	}
	m.users++
	return m.CompiledModule
}

// describe has the engine describe all functions of a module, each with its exports. It
// does so once, when it is first asked: else that would be in the first call that traps
// or is stopped, behind its deadline, and take 0.4 s where there are 50,000 functions and
// 10,000 exports.
func describe(m wazero.CompiledModule) { m.ExportedFunctions() }

// release gives a module back; the last one to do so frees it.
func (c *compiler) release(ctx context.Context, module wazero.CompiledModule) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, m := range c.live {
		if m.CompiledModule != module {
			continue
		}
		if m.users--; m.users == 0 {
			delete(c.live, key)
			return module.Close(ctx)
		}
	}
	return nil
}

// make takes a module from the cache, or compiles it.
func (c *compiler) make(ctx context.Context, engine wazero.Runtime, key string, module []byte) (wazero.CompiledModule, error) {
	if c.files != nil {
		if err := c.files.restore(); err != nil {
			return nil, err
		}
	}
	if kept := c.cache.get(machineCode, key); kept != nil {
		m, err := c.files.load(engine, module, kept)
		if err == nil || abi.AsError(err) != nil {
			return m, err
		}
	}
	if c.child == nil {
		return c.compileHere(engine, key, module)
	}
	made, err := c.child.compile(ctx, c.closing, c.files.work.path, module)
	if err != nil {
		return nil, err
	}
	c.cache.put(machineCode, key, made) // before it is let go; what is of no use is made anew
	m, err := c.files.load(engine, module, made)
	if err != nil {
		return nil, &abi.Error{Code: abi.HostFailure, Op: opLoad, Side: abi.SideHost, Message: "what the compiler's process made cannot be used", Err: err}
	}
	return m, nil
}

// largeModule is from when on it pays to collect garbage after compiling: what the
// engine needs is several times what it makes.
const largeModule = 1 << 20

// compileHere compiles in this process.
func (c *compiler) compileHere(engine wazero.Runtime, key string, module []byte) (wazero.CompiledModule, error) {
	m, err := safely(context.Background(), engine, module)
	if c.files == nil {
		return m, err
	}
	if len(module) > largeModule {
		goruntime.GC() // or what the engine needed and what is read now add up
	}
	made, fileErr := c.files.take()
	if err == nil && fileErr == nil {
		c.cache.put(machineCode, key, made)
	}
	return m, systemError(err)
}

// systemError tells what the system refused the engine from what is wrong with a
// module.
func systemError(err error) error {
	if !isSystems(err) {
		return err
	}
	return &abi.Error{Code: abi.HostFailure, Op: opLoad, Side: abi.SideHost,
		Message: "the system refused the compiler something; " + seeTemporary(), Err: err}
}

// seeTemporary tells where the compiler's files lie, and what to look for there.
func seeTemporary() string {
	return "its files lie in the directory for temporary files, " + os.TempDir() + ": see that there is room in it, and that nothing cleans " + workPrefix + "* away while modules are loaded"
}

func isSystems(err error) bool {
	var system syscall.Errno
	return errors.As(err, &system)
}

// safely hands a module to the engine, which may panic on what slipped through.
func safely(ctx context.Context, engine wazero.Runtime, module []byte) (compiled wazero.CompiledModule, err error) {
	defer func() {
		if r := recover(); r != nil {
			if cause, ok := r.(error); ok {
				err = fmt.Errorf("the compiler failed: %w", cause)
			} else {
				err = fmt.Errorf("the compiler failed: %v", r)
			}
		}
	}()
	return engine.CompileModule(ctx, module)
}

// engineFiles is where the engine keeps compiled modules in files: an empty
// directory of its own, into which one file at a time is put, or from which it is
// taken.
type engineFiles struct {
	engine wazero.CompilationCache
	work   *workDir
	dir    string // made by the engine: its name holds its version and the platform
}

func openEngineFiles() (*engineFiles, error) {
	work, err := openWorkDir()
	if err != nil {
		return nil, err
	}
	f, err := engineFilesIn(filepath.Join(work.path, "engine"))
	if err != nil {
		return nil, errors.Join(err, work.close())
	}
	f.work = work
	return f, nil
}

func engineFilesIn(dir string) (*engineFiles, error) {
	starting.Lock()
	defer starting.Unlock()
	engine, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, err
	}
	made, err := filepath.Glob(filepath.Join(dir, "*"))
	if err == nil && len(made) != 1 {
		err = fmt.Errorf("the engine made %d directories in %s", len(made), dir)
	}
	if err != nil {
		return nil, err
	}
	return &engineFiles{engine: engine, dir: made[0]}, nil
}

// restore makes the directories again, if they were taken away.
func (f *engineFiles) restore() error {
	err := f.work.restore()
	if err == nil {
		err = os.MkdirAll(f.dir, 0o700)
	}
	if err == nil {
		return nil
	}
	return &abi.Error{Code: abi.HostFailure, Op: opLoad, Side: abi.SideHost, Err: err,
		Message: "the directory for the compiler's files, " + f.work.path + ", was changed or cleaned away and cannot be made again: see that " + filepath.Dir(f.work.path) +
			" is there and can be written to, and remove what is in its place; a new Runtime makes another one"}
}

func (f *engineFiles) close(ctx context.Context) error {
	return errors.Join(f.engine.Close(ctx), f.work.close())
}

// nothingCompiled is a context under which the engine takes what is compiled
// already and compiles nothing: with two workers it heeds its context, between
// functions, and this one has ended.
var nothingCompiled = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return experimental.WithCompilationWorkers(ctx, 2)
}()

// largeCode is from when on it pays to give memory back between the two copies of a
// compiled module: 16 MB of Go compile to more.
const largeCode = 64 << 20

// load gives the engine a compiled module, and lets go of the content, of which the
// engine reads a copy of its own. It is an error if the engine finds no use for it.
func (f *engineFiles) load(engine wazero.Runtime, module []byte, compiled *cacheEntry) (wazero.CompiledModule, error) {
	path := filepath.Join(f.dir, compiled.name)
	defer os.Remove(path)
	if err := os.WriteFile(path, compiled.content, 0o600); err != nil {
		return nil, systemError(err)
	}
	large := len(compiled.content) > largeCode
	compiled.content = nil
	if large {
		debug.FreeOSMemory() // or it and the engine's copy add up
	}
	return safely(nothingCompiled, engine, module)
}

// take reads and removes what the engine has made.
func (f *engineFiles) take() (*cacheEntry, error) { return takeOnly(f.dir) }

// takeOnly reads the one file in a directory and empties it. Anything else than one
// regular file with a name of the engine's is an error.
func takeOnly(dir string) (*cacheEntry, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, e := range entries {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}()
	if len(entries) != 1 {
		return nil, fmt.Errorf("there are %d files, not one", len(entries))
	}
	name := entries[0].Name()
	if digits, err := hex.DecodeString(name); err != nil || len(name) != nameBytes || hex.EncodeToString(digits) != name {
		return nil, fmt.Errorf("the file has the name %q, which is none of the engine's", name)
	}
	content, _, err := readRegular(filepath.Join(dir, name), maxEntryBytes)
	if err != nil {
		return nil, err
	}
	return &cacheEntry{name, content}, nil
}
