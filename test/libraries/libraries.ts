/** A library that nobody here wrote, and the script that uses it as its documents say. */
export type Library = {
  name: string;
  version: string;
  registry: 'npm' | 'pypi';
  /** What is installed, by exact version. */
  packages: string[];
  script: string;
  platform: 'telegram' | 'whatsapp';
};

export const LIBRARIES: readonly Library[] = [
  python('python-telegram-bot', '22.8', 'python_telegram_bot.py', '[webhooks]'),
  python('aiogram', '3.31.0', 'aiogram_bot.py'),
  node('telegraf', '4.16.3'),
  node('node-telegram-bot-api', '2.1.0'),
  node('grammy', '1.46.0'),
  { ...python('pywa', '4.5.0', 'pywa_client.py'), platform: 'whatsapp' },
];

function python(name: string, version: string, script: string, extra = ''): Library {
  const packages = [`${name}${extra}==${version}`];
  return { name, version, registry: 'pypi', packages, script, platform: 'telegram' };
}

function node(name: string, version: string): Library {
  const packages = [`${name}@${version}`];
  return { name, version, registry: 'npm', packages, script: `${name}.mjs`, platform: 'telegram' };
}
