import { loadConfigOrExit } from '../src/config.ts';
import { startRouter } from '../src/local/router.ts';

/** API and worker in one process, as `npm start` runs them, but without the sandbox beside them. */
const router = await startRouter(loadConfigOrExit());
process.once('disconnect', () => void router.close().then(() => process.exit(0)));
process.send?.('ready');
